// The sentences in Romanian.
import type { Catalogue } from '../words.ts'

export const ro: Catalogue = {
  'No active account found with the given credentials': 'Nu există niciun cont activ cu datele furnizate',
  'No active account found for the given token.': 'Nu există niciun cont activ pentru tokenul furnizat.',
  "The user's password has been changed.": 'Parola utilizatorului a fost schimbată.',
  'Token is invalid': 'Tokenul nu este valid',
  'Token is expired': 'Tokenul a expirat',
  'Token is invalid or expired': 'Tokenul nu este valid sau a expirat',
  'Token is blacklisted': 'Tokenul este blocat',
  'Token has wrong type': 'Tokenul este de tip greșit',
  'Token has no type': 'Tokenul nu indică tipul',
  'Token has no id': 'Tokenul nu are identificator',
  "Token has no '{claim}' claim": 'Din token lipsește câmpul „{claim}”',
  "Token '{claim}' claim has expired": 'Câmpul „{claim}” al tokenului a expirat',
  'Token contained no recognizable user identification': 'Tokenul nu indică niciun utilizator',
  'Given token not valid for any token type': 'Tokenul furnizat nu este valid pentru niciun tip de token',
  'Authorization header must contain two space-delimited values':
    'Antetul de autorizare trebuie să conțină două valori separate printr-un spațiu',
  'User not found': 'Utilizatorul nu a fost găsit',
  'User is inactive': 'Utilizatorul este inactiv',
  'Authentication credentials were not provided.': 'Nu au fost trimise datele de autentificare.',
  'You do not have permission to perform this action.': 'Nu aveți permisiunea de a face această acțiune.',
  'Not found.': 'Nu a fost găsit.',
  'This field is required.': 'Acest câmp este obligatoriu.',
  'This field may not be blank.': 'Acest câmp nu poate fi gol.',
  'This field may not be null.': 'Acest câmp nu poate fi null.',
  'Not a valid string.': 'Nu este un text valid.',
  'Null characters are not allowed.': 'Caracterele nule nu sunt permise.',
  'Enter a valid email address.': 'Introduceți o adresă de e-mail validă.',
  'Ensure this field has no more than {max_length} characters.':
    'Acest câmp poate avea cel mult {max_length} caractere.',
  'Invalid data. Expected a dictionary, but got {datatype}.':
    'Date nevalide. Era așteptat un dicționar, dar a venit {datatype}.',
  'Unsupported media type "{media_type}" in request.':
    'Tipul de conținut „{media_type}” al cererii nu este acceptat.',
  'Method "{method}" not allowed.': 'Metoda „{method}” nu este permisă.',
  'Could not satisfy the request Accept header.': 'Antetul Accept al cererii nu poate fi satisfăcut.',
  'Request was throttled. Expected available in {wait} second.':
    'Prea multe cereri. Încercați din nou peste {wait} secundă.',
  'Request was throttled. Expected available in {wait} seconds.':
    'Prea multe cereri. Încercați din nou peste {wait} secunde.',
  'Service temporarily unavailable, try again later.':
    'Serviciul nu este disponibil momentan, încercați mai târziu.',
}
