// The sentences in German.
import type { Catalogue } from '../words.ts'

export const de: Catalogue = {
  'No active account found with the given credentials': 'Zu diesen Anmeldedaten gibt es kein aktives Konto',
  'No active account found for the given token.': 'Zu diesem Token gibt es kein aktives Konto.',
  "The user's password has been changed.": 'Das Passwort des Benutzers wurde geändert.',
  'Token is invalid': 'Das Token ist ungültig',
  'Token is expired': 'Das Token ist abgelaufen',
  'Token is invalid or expired': 'Das Token ist ungültig oder abgelaufen',
  'Token is blacklisted': 'Das Token ist gesperrt',
  'Token has wrong type': 'Das Token ist von falschem Typ',
  'Token has no type': 'Das Token nennt keinen Typ',
  'Token has no id': 'Das Token hat keine Kennung',
  "Token has no '{claim}' claim": 'Dem Token fehlt die Angabe „{claim}“',
  "Token '{claim}' claim has expired": 'Die Angabe „{claim}“ des Tokens ist abgelaufen',
  'Token contained no recognizable user identification': 'Das Token nennt keinen erkennbaren Benutzer',
  'Given token not valid for any token type': 'Das Token ist für keinen Tokentyp gültig',
  'Authorization header must contain two space-delimited values':
    'Der Authorization-Header muss aus zwei durch Leerzeichen getrennten Werten bestehen',
  'User not found': 'Benutzer nicht gefunden',
  'User is inactive': 'Der Benutzer ist nicht aktiv',
  'Authentication credentials were not provided.': 'Es wurden keine Anmeldedaten übermittelt.',
  'You do not have permission to perform this action.': 'Sie sind zu dieser Aktion nicht berechtigt.',
  'Not found.': 'Nicht gefunden.',
  'This field is required.': 'Dieses Feld ist erforderlich.',
  'This field may not be blank.': 'Dieses Feld darf nicht leer sein.',
  'This field may not be null.': 'Dieses Feld darf nicht null sein.',
  'Not a valid string.': 'Das ist keine gültige Zeichenkette.',
  'Null characters are not allowed.': 'Nullzeichen sind nicht erlaubt.',
  'Enter a valid email address.': 'Geben Sie eine gültige E-Mail-Adresse an.',
  'Ensure this field has no more than {max_length} characters.':
    'Dieses Feld darf höchstens {max_length} Zeichen lang sein.',
  'Invalid data. Expected a dictionary, but got {datatype}.':
    'Ungültige Daten. Erwartet wurde ein Dictionary, gekommen ist {datatype}.',
  'Unsupported media type "{media_type}" in request.':
    'Der Medientyp „{media_type}“ der Anfrage wird nicht unterstützt.',
  'Method "{method}" not allowed.': 'Die Methode „{method}“ ist nicht erlaubt.',
  'Could not satisfy the request Accept header.': 'Der Accept-Header der Anfrage kann nicht erfüllt werden.',
  'Request was throttled. Expected available in {wait} second.':
    'Zu viele Anfragen. Versuchen Sie es in {wait} Sekunde wieder.',
  'Request was throttled. Expected available in {wait} seconds.':
    'Zu viele Anfragen. Versuchen Sie es in {wait} Sekunden wieder.',
  'Service temporarily unavailable, try again later.':
    'Der Dienst ist vorübergehend nicht verfügbar, versuchen Sie es später wieder.',
}
