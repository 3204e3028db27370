// The sentences in Czech.
import type { Catalogue } from '../words.ts'

export const cs: Catalogue = {
  'No active account found with the given credentials':
    'S těmito přihlašovacími údaji neexistuje žádný aktivní účet',
  'No active account found for the given token.': 'K tomuto tokenu neexistuje žádný aktivní účet.',
  "The user's password has been changed.": 'Heslo uživatele bylo změněno.',
  'Token is invalid': 'Token není platný',
  'Token is expired': 'Platnost tokenu vypršela',
  'Token is invalid or expired': 'Token není platný nebo jeho platnost vypršela',
  'Token is blacklisted': 'Token je zablokován',
  'Token has wrong type': 'Token je nesprávného typu',
  'Token has no type': 'Token neuvádí typ',
  'Token has no id': 'Token nemá identifikátor',
  "Token has no '{claim}' claim": 'V tokenu chybí údaj „{claim}“',
  "Token '{claim}' claim has expired": 'Údaj „{claim}“ tokenu vypršel',
  'Token contained no recognizable user identification': 'Token neoznačuje žádného uživatele',
  'Given token not valid for any token type': 'Zadaný token není platný pro žádný typ tokenu',
  'Authorization header must contain two space-delimited values':
    'Autorizační hlavička musí obsahovat dvě hodnoty oddělené mezerou',
  'User not found': 'Uživatel nebyl nalezen',
  'User is inactive': 'Uživatel není aktivní',
  'Authentication credentials were not provided.': 'Nebyly zadány přihlašovací údaje.',
  'You do not have permission to perform this action.': 'K této akci nemáte oprávnění.',
  'Not found.': 'Nenalezeno.',
  'This field is required.': 'Toto pole je povinné.',
  'This field may not be blank.': 'Toto pole nesmí být prázdné.',
  'This field may not be null.': 'Toto pole nesmí být null.',
  'Not a valid string.': 'Toto není platný text.',
  'Null characters are not allowed.': 'Nulové znaky nejsou povoleny.',
  'Enter a valid email address.': 'Zadejte platnou e-mailovou adresu.',
  'Ensure this field has no more than {max_length} characters.':
    'Toto pole smí mít nejvýše {max_length} znaků.',
  'Invalid data. Expected a dictionary, but got {datatype}.':
    'Neplatná data. Očekáván byl slovník, přišel {datatype}.',
  'Unsupported media type "{media_type}" in request.':
    'Typ obsahu „{media_type}“ v požadavku není podporován.',
  'Method "{method}" not allowed.': 'Metoda „{method}“ není povolena.',
  'Could not satisfy the request Accept header.': 'Hlavičce Accept požadavku nelze vyhovět.',
  'Request was throttled. Expected available in {wait} second.':
    'Příliš mnoho požadavků. Zkuste to znovu za {wait} s.',
  'Request was throttled. Expected available in {wait} seconds.':
    'Příliš mnoho požadavků. Zkuste to znovu za {wait} s.',
  'Service temporarily unavailable, try again later.': 'Služba je dočasně nedostupná, zkuste to později.',
}
