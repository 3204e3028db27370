// The sentences in Dutch.
import type { Catalogue } from '../words.ts'

export const nl: Catalogue = {
  'No active account found with the given credentials': 'Er is geen actief account met deze inloggegevens',
  'No active account found for the given token.': 'Er is geen actief account bij dit token.',
  "The user's password has been changed.": 'Het wachtwoord van de gebruiker is gewijzigd.',
  'Token is invalid': 'Het token is ongeldig',
  'Token is expired': 'Het token is verlopen',
  'Token is invalid or expired': 'Het token is ongeldig of verlopen',
  'Token is blacklisted': 'Het token is geblokkeerd',
  'Token has wrong type': 'Het token is van het verkeerde type',
  'Token has no type': 'Het token noemt geen type',
  'Token has no id': 'Het token heeft geen kenmerk',
  "Token has no '{claim}' claim": "In het token ontbreekt '{claim}'",
  "Token '{claim}' claim has expired": "Het gegeven '{claim}' van het token is verlopen",
  'Token contained no recognizable user identification': 'Het token noemt geen herkenbare gebruiker',
  'Given token not valid for any token type': 'Dit token is voor geen enkel type geldig',
  'Authorization header must contain two space-delimited values':
    'De autorisatieheader moet uit twee waarden bestaan, gescheiden door een spatie',
  'User not found': 'Gebruiker niet gevonden',
  'User is inactive': 'De gebruiker is niet actief',
  'Authentication credentials were not provided.': 'Er zijn geen inloggegevens meegestuurd.',
  'You do not have permission to perform this action.': 'U mag deze actie niet uitvoeren.',
  'Not found.': 'Niet gevonden.',
  'This field is required.': 'Dit veld is verplicht.',
  'This field may not be blank.': 'Dit veld mag niet leeg zijn.',
  'This field may not be null.': 'Dit veld mag niet null zijn.',
  'Not a valid string.': 'Dit is geen geldige tekst.',
  'Null characters are not allowed.': 'Null-tekens zijn niet toegestaan.',
  'Enter a valid email address.': 'Vul een geldig e-mailadres in.',
  'Ensure this field has no more than {max_length} characters.':
    'Dit veld mag niet langer zijn dan {max_length} tekens.',
  'Invalid data. Expected a dictionary, but got {datatype}.':
    'Ongeldige gegevens. Verwacht werd een dictionary, ontvangen werd {datatype}.',
  'Unsupported media type "{media_type}" in request.':
    'Het mediatype "{media_type}" van het verzoek wordt niet ondersteund.',
  'Method "{method}" not allowed.': 'De methode "{method}" is niet toegestaan.',
  'Could not satisfy the request Accept header.':
    'Aan de Accept-header van het verzoek kan niet worden voldaan.',
  'Request was throttled. Expected available in {wait} second.':
    'Te veel verzoeken. Probeer het over {wait} seconde opnieuw.',
  'Request was throttled. Expected available in {wait} seconds.':
    'Te veel verzoeken. Probeer het over {wait} seconden opnieuw.',
  'Service temporarily unavailable, try again later.':
    'De dienst is tijdelijk niet beschikbaar, probeer het later opnieuw.',
}
