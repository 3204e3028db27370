// The sentences in Swedish.
import type { Catalogue } from '../words.ts'

export const sv: Catalogue = {
  'No active account found with the given credentials':
    'Det finns inget aktivt konto med de angivna uppgifterna',
  'No active account found for the given token.': 'Det finns inget aktivt konto för den angivna token.',
  "The user's password has been changed.": 'Användarens lösenord har ändrats.',
  'Token is invalid': 'Token är ogiltig',
  'Token is expired': 'Token har gått ut',
  'Token is invalid or expired': 'Token är ogiltig eller har gått ut',
  'Token is blacklisted': 'Token är spärrad',
  'Token has wrong type': 'Token är av fel typ',
  'Token has no type': 'Token anger ingen typ',
  'Token has no id': 'Token saknar id',
  "Token has no '{claim}' claim": 'Token saknar uppgiften ”{claim}”',
  "Token '{claim}' claim has expired": 'Uppgiften ”{claim}” i token har gått ut',
  'Token contained no recognizable user identification': 'Token pekar inte ut någon användare',
  'Given token not valid for any token type': 'Den angivna token är inte giltig för någon typ',
  'Authorization header must contain two space-delimited values':
    'Auktoriseringshuvudet måste innehålla två värden skilda åt av ett mellanslag',
  'User not found': 'Användaren hittades inte',
  'User is inactive': 'Användaren är inaktiv',
  'Authentication credentials were not provided.': 'Inga inloggningsuppgifter skickades med.',
  'You do not have permission to perform this action.': 'Du har inte behörighet att göra detta.',
  'Not found.': 'Hittades inte.',
  'This field is required.': 'Det här fältet måste fyllas i.',
  'This field may not be blank.': 'Det här fältet får inte vara tomt.',
  'This field may not be null.': 'Det här fältet får inte vara null.',
  'Not a valid string.': 'Det är ingen giltig text.',
  'Null characters are not allowed.': 'Nulltecken är inte tillåtna.',
  'Enter a valid email address.': 'Ange en giltig e-postadress.',
  'Ensure this field has no more than {max_length} characters.':
    'Det här fältet får ha högst {max_length} tecken.',
  'Invalid data. Expected a dictionary, but got {datatype}.':
    'Ogiltiga data. En dictionary väntades, men {datatype} kom.',
  'Unsupported media type "{media_type}" in request.': 'Medietypen ”{media_type}” i begäran stöds inte.',
  'Method "{method}" not allowed.': 'Metoden ”{method}” är inte tillåten.',
  'Could not satisfy the request Accept header.': 'Begärans Accept-huvud kan inte uppfyllas.',
  'Request was throttled. Expected available in {wait} second.':
    'För många förfrågningar. Försök igen om {wait} sekund.',
  'Request was throttled. Expected available in {wait} seconds.':
    'För många förfrågningar. Försök igen om {wait} sekunder.',
  'Service temporarily unavailable, try again later.':
    'Tjänsten är tillfälligt otillgänglig, försök igen senare.',
}
