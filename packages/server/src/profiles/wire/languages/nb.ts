// The sentences in Norwegian (Bokmål).
import type { Catalogue } from '../words.ts'

export const nb: Catalogue = {
  'No active account found with the given credentials':
    'Det finnes ingen aktiv konto med de oppgitte opplysningene',
  'No active account found for the given token.': 'Det finnes ingen aktiv konto for det oppgitte tokenet.',
  "The user's password has been changed.": 'Brukerens passord er endret.',
  'Token is invalid': 'Tokenet er ugyldig',
  'Token is expired': 'Tokenet er utløpt',
  'Token is invalid or expired': 'Tokenet er ugyldig eller utløpt',
  'Token is blacklisted': 'Tokenet er sperret',
  'Token has wrong type': 'Tokenet er av feil type',
  'Token has no type': 'Tokenet oppgir ingen type',
  'Token has no id': 'Tokenet har ingen id',
  "Token has no '{claim}' claim": 'Tokenet mangler opplysningen «{claim}»',
  "Token '{claim}' claim has expired": 'Opplysningen «{claim}» i tokenet er utløpt',
  'Token contained no recognizable user identification': 'Tokenet peker ikke ut noen bruker',
  'Given token not valid for any token type': 'Det oppgitte tokenet er ikke gyldig for noen type',
  'Authorization header must contain two space-delimited values':
    'Autorisasjonsheaderen må inneholde to verdier atskilt med et mellomrom',
  'User not found': 'Fant ikke brukeren',
  'User is inactive': 'Brukeren er ikke aktiv',
  'Authentication credentials were not provided.': 'Det ble ikke sendt med innloggingsopplysninger.',
  'You do not have permission to perform this action.': 'Du har ikke tillatelse til å gjøre dette.',
  'Not found.': 'Ikke funnet.',
  'This field is required.': 'Dette feltet må fylles ut.',
  'This field may not be blank.': 'Dette feltet kan ikke være tomt.',
  'This field may not be null.': 'Dette feltet kan ikke være null.',
  'Not a valid string.': 'Det er ikke en gyldig tekst.',
  'Null characters are not allowed.': 'Nulltegn er ikke tillatt.',
  'Enter a valid email address.': 'Oppgi en gyldig e-postadresse.',
  'Ensure this field has no more than {max_length} characters.':
    'Dette feltet kan ha høyst {max_length} tegn.',
  'Invalid data. Expected a dictionary, but got {datatype}.':
    'Ugyldige data. En dictionary var ventet, men {datatype} kom.',
  'Unsupported media type "{media_type}" in request.':
    'Medietypen «{media_type}» i forespørselen støttes ikke.',
  'Method "{method}" not allowed.': 'Metoden «{method}» er ikke tillatt.',
  'Could not satisfy the request Accept header.': 'Forespørselens Accept-header kan ikke oppfylles.',
  'Request was throttled. Expected available in {wait} second.':
    'For mange forespørsler. Prøv igjen om {wait} sekund.',
  'Request was throttled. Expected available in {wait} seconds.':
    'For mange forespørsler. Prøv igjen om {wait} sekunder.',
  'Service temporarily unavailable, try again later.':
    'Tjenesten er midlertidig utilgjengelig, prøv igjen senere.',
}
