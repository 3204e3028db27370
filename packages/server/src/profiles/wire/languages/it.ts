// The sentences in Italian.
import type { Catalogue } from '../words.ts'

export const it: Catalogue = {
  'No active account found with the given credentials':
    'Nessun account attivo corrisponde alle credenziali fornite',
  'No active account found for the given token.': 'Nessun account attivo corrisponde al token fornito.',
  "The user's password has been changed.": "La password dell'utente è stata cambiata.",
  'Token is invalid': 'Il token non è valido',
  'Token is expired': 'Il token è scaduto',
  'Token is invalid or expired': 'Il token non è valido o è scaduto',
  'Token is blacklisted': 'Il token è stato bloccato',
  'Token has wrong type': 'Il token è di tipo sbagliato',
  'Token has no type': 'Il token non indica il suo tipo',
  'Token has no id': 'Il token non ha un identificativo',
  "Token has no '{claim}' claim": 'Nel token manca il dato "{claim}"',
  "Token '{claim}' claim has expired": 'Il dato "{claim}" del token è scaduto',
  'Token contained no recognizable user identification': 'Il token non identifica alcun utente',
  'Given token not valid for any token type': 'Il token fornito non è valido per alcun tipo di token',
  'Authorization header must contain two space-delimited values':
    "L'intestazione di autorizzazione deve contenere due valori separati da uno spazio",
  'User not found': 'Utente non trovato',
  'User is inactive': "L'utente non è attivo",
  'Authentication credentials were not provided.': 'Non sono state fornite le credenziali di autenticazione.',
  'You do not have permission to perform this action.': 'Non hai il permesso di eseguire questa azione.',
  'Not found.': 'Non trovato.',
  'This field is required.': 'Questo campo è obbligatorio.',
  'This field may not be blank.': 'Questo campo non può essere vuoto.',
  'This field may not be null.': 'Questo campo non può essere nullo.',
  'Not a valid string.': 'Non è una stringa valida.',
  'Null characters are not allowed.': 'I caratteri nulli non sono ammessi.',
  'Enter a valid email address.': 'Inserisci un indirizzo e-mail valido.',
  'Ensure this field has no more than {max_length} characters.':
    'Questo campo non può avere più di {max_length} caratteri.',
  'Invalid data. Expected a dictionary, but got {datatype}.':
    'Dati non validi. Era atteso un dizionario, è arrivato {datatype}.',
  'Unsupported media type "{media_type}" in request.':
    'Il tipo di contenuto "{media_type}" della richiesta non è supportato.',
  'Method "{method}" not allowed.': 'Il metodo "{method}" non è consentito.',
  'Could not satisfy the request Accept header.':
    "L'intestazione Accept della richiesta non può essere soddisfatta.",
  'Request was throttled. Expected available in {wait} second.':
    'Troppe richieste. Riprova tra {wait} secondo.',
  'Request was throttled. Expected available in {wait} seconds.':
    'Troppe richieste. Riprova tra {wait} secondi.',
  'Service temporarily unavailable, try again later.':
    'Il servizio non è al momento disponibile, riprova più tardi.',
}
