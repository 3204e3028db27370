// The sentences in Polish.
import type { Catalogue } from '../words.ts'

export const pl: Catalogue = {
  'No active account found with the given credentials': 'Nie ma aktywnego konta o podanych danych logowania',
  'No active account found for the given token.': 'Nie ma aktywnego konta dla podanego tokenu.',
  "The user's password has been changed.": 'Hasło użytkownika zostało zmienione.',
  'Token is invalid': 'Token jest nieprawidłowy',
  'Token is expired': 'Token wygasł',
  'Token is invalid or expired': 'Token jest nieprawidłowy lub wygasł',
  'Token is blacklisted': 'Token jest zablokowany',
  'Token has wrong type': 'Token jest niewłaściwego typu',
  'Token has no type': 'Token nie podaje typu',
  'Token has no id': 'Token nie ma identyfikatora',
  "Token has no '{claim}' claim": 'W tokenie brakuje pola „{claim}”',
  "Token '{claim}' claim has expired": 'Pole „{claim}” tokenu wygasło',
  'Token contained no recognizable user identification': 'Token nie wskazuje żadnego użytkownika',
  'Given token not valid for any token type': 'Podany token nie jest prawidłowy dla żadnego typu tokenów',
  'Authorization header must contain two space-delimited values':
    'Nagłówek autoryzacji musi zawierać dwie wartości oddzielone spacją',
  'User not found': 'Nie znaleziono użytkownika',
  'User is inactive': 'Użytkownik jest nieaktywny',
  'Authentication credentials were not provided.': 'Nie podano danych uwierzytelniających.',
  'You do not have permission to perform this action.': 'Nie masz uprawnień do wykonania tej czynności.',
  'Not found.': 'Nie znaleziono.',
  'This field is required.': 'To pole jest wymagane.',
  'This field may not be blank.': 'To pole nie może być puste.',
  'This field may not be null.': 'To pole nie może mieć wartości null.',
  'Not a valid string.': 'To nie jest poprawny tekst.',
  'Null characters are not allowed.': 'Znaki puste (null) są niedozwolone.',
  'Enter a valid email address.': 'Podaj poprawny adres e-mail.',
  'Ensure this field has no more than {max_length} characters.':
    'To pole może mieć najwyżej {max_length} znaków.',
  'Invalid data. Expected a dictionary, but got {datatype}.':
    'Nieprawidłowe dane. Oczekiwano słownika, otrzymano {datatype}.',
  'Unsupported media type "{media_type}" in request.':
    'Typ treści „{media_type}” żądania nie jest obsługiwany.',
  'Method "{method}" not allowed.': 'Metoda „{method}” jest niedozwolona.',
  'Could not satisfy the request Accept header.': 'Nie można spełnić nagłówka Accept żądania.',
  'Request was throttled. Expected available in {wait} second.':
    'Zbyt wiele żądań. Spróbuj ponownie za {wait} s.',
  'Request was throttled. Expected available in {wait} seconds.':
    'Zbyt wiele żądań. Spróbuj ponownie za {wait} s.',
  'Service temporarily unavailable, try again later.': 'Usługa jest chwilowo niedostępna, spróbuj później.',
}
