// The sentences in Slovenian.
import type { Catalogue } from '../words.ts'

export const sl: Catalogue = {
  'No active account found with the given credentials': 'S temi podatki ni nobenega aktivnega računa',
  'No active account found for the given token.': 'Za ta žeton ni nobenega aktivnega računa.',
  "The user's password has been changed.": 'Geslo uporabnika je bilo spremenjeno.',
  'Token is invalid': 'Žeton ni veljaven',
  'Token is expired': 'Žeton je potekel',
  'Token is invalid or expired': 'Žeton ni veljaven ali je potekel',
  'Token is blacklisted': 'Žeton je blokiran',
  'Token has wrong type': 'Žeton je napačne vrste',
  'Token has no type': 'Žeton ne navaja vrste',
  'Token has no id': 'Žeton nima oznake',
  "Token has no '{claim}' claim": 'V žetonu manjka podatek »{claim}«',
  "Token '{claim}' claim has expired": 'Podatek »{claim}« v žetonu je potekel',
  'Token contained no recognizable user identification': 'Žeton ne označuje nobenega uporabnika',
  'Given token not valid for any token type': 'Dani žeton ni veljaven za nobeno vrsto žetona',
  'Authorization header must contain two space-delimited values':
    'Glava za avtorizacijo mora vsebovati dve vrednosti, ločeni s presledkom',
  'User not found': 'Uporabnika ni mogoče najti',
  'User is inactive': 'Uporabnik ni aktiven',
  'Authentication credentials were not provided.': 'Podatki za prijavo niso bili poslani.',
  'You do not have permission to perform this action.': 'Za to dejanje nimate dovoljenja.',
  'Not found.': 'Ni najdeno.',
  'This field is required.': 'To polje je obvezno.',
  'This field may not be blank.': 'To polje ne sme biti prazno.',
  'This field may not be null.': 'To polje ne sme biti null.',
  'Not a valid string.': 'To ni veljavno besedilo.',
  'Null characters are not allowed.': 'Ničelni znaki niso dovoljeni.',
  'Enter a valid email address.': 'Vnesite veljaven e-poštni naslov.',
  'Ensure this field has no more than {max_length} characters.':
    'To polje ima lahko največ {max_length} znakov.',
  'Invalid data. Expected a dictionary, but got {datatype}.':
    'Neveljavni podatki. Pričakovan je bil slovar, prišel je {datatype}.',
  'Unsupported media type "{media_type}" in request.': 'Vrsta vsebine »{media_type}« v zahtevi ni podprta.',
  'Method "{method}" not allowed.': 'Metoda »{method}« ni dovoljena.',
  'Could not satisfy the request Accept header.': 'Glavi Accept v zahtevi ni mogoče ustreči.',
  'Request was throttled. Expected available in {wait} second.':
    'Preveč zahtev. Poskusite znova čez {wait} s.',
  'Request was throttled. Expected available in {wait} seconds.':
    'Preveč zahtev. Poskusite znova čez {wait} s.',
  'Service temporarily unavailable, try again later.': 'Storitev trenutno ni na voljo, poskusite pozneje.',
}
