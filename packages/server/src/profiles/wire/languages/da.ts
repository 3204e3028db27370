// The sentences in Danish.
import type { Catalogue } from '../words.ts'

export const da: Catalogue = {
  'No active account found with the given credentials':
    'Der findes ingen aktiv konto med de angivne oplysninger',
  'No active account found for the given token.': 'Der findes ingen aktiv konto til det angivne token.',
  "The user's password has been changed.": 'Brugerens adgangskode er blevet ændret.',
  'Token is invalid': 'Tokenet er ugyldigt',
  'Token is expired': 'Tokenet er udløbet',
  'Token is invalid or expired': 'Tokenet er ugyldigt eller udløbet',
  'Token is blacklisted': 'Tokenet er spærret',
  'Token has wrong type': 'Tokenet er af forkert type',
  'Token has no type': 'Tokenet angiver ingen type',
  'Token has no id': 'Tokenet har intet id',
  "Token has no '{claim}' claim": 'Tokenet mangler oplysningen "{claim}"',
  "Token '{claim}' claim has expired": 'Oplysningen "{claim}" i tokenet er udløbet',
  'Token contained no recognizable user identification': 'Tokenet udpeger ingen bruger',
  'Given token not valid for any token type': 'Det angivne token er ikke gyldigt for nogen type',
  'Authorization header must contain two space-delimited values':
    'Autorisationsheaderen skal indeholde to værdier adskilt af et mellemrum',
  'User not found': 'Brugeren blev ikke fundet',
  'User is inactive': 'Brugeren er ikke aktiv',
  'Authentication credentials were not provided.': 'Der blev ikke sendt loginoplysninger med.',
  'You do not have permission to perform this action.': 'Du har ikke tilladelse til at gøre dette.',
  'Not found.': 'Ikke fundet.',
  'This field is required.': 'Dette felt skal udfyldes.',
  'This field may not be blank.': 'Dette felt må ikke være tomt.',
  'This field may not be null.': 'Dette felt må ikke være null.',
  'Not a valid string.': 'Det er ikke en gyldig tekst.',
  'Null characters are not allowed.': 'Nultegn er ikke tilladt.',
  'Enter a valid email address.': 'Angiv en gyldig e-mailadresse.',
  'Ensure this field has no more than {max_length} characters.':
    'Dette felt må højst have {max_length} tegn.',
  'Invalid data. Expected a dictionary, but got {datatype}.':
    'Ugyldige data. Der var ventet en dictionary, men der kom {datatype}.',
  'Unsupported media type "{media_type}" in request.':
    'Medietypen "{media_type}" i forespørgslen understøttes ikke.',
  'Method "{method}" not allowed.': 'Metoden "{method}" er ikke tilladt.',
  'Could not satisfy the request Accept header.': 'Forespørgslens Accept-header kan ikke opfyldes.',
  'Request was throttled. Expected available in {wait} second.':
    'For mange forespørgsler. Prøv igen om {wait} sekund.',
  'Request was throttled. Expected available in {wait} seconds.':
    'For mange forespørgsler. Prøv igen om {wait} sekunder.',
  'Service temporarily unavailable, try again later.':
    'Tjenesten er midlertidigt utilgængelig, prøv igen senere.',
}
