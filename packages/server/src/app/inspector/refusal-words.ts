// What every refusal means for people: what is wrong, and what to do about it. Complete by its types: a new code without
// words does not compile.
import type { JsonErrorCode, KeyErrorCode, TokenErrorCode, TokenKind } from '@countersign/protocol'

/** A refusal in plain words. */
export interface RefusalWords {
  readonly title: string
  /** What is wrong. */
  readonly words: string
  /** What to do. */
  readonly mend: string
}

/** By the codes that verifyToken and the logs use. */
export const tokenRefusals: Readonly<Record<TokenErrorCode, RefusalWords>> = {
  malformed: {
    title: 'Not a well-formed token',
    words: 'It is not written in the one form that a token may have, so nothing in it is believed.',
    mend: 'Copy it again as a whole, without line breaks. If it came so from its issuer, the issuer writes it wrongly.',
  },
  too_large: {
    title: 'Too large',
    words:
      'It is longer than anything that is looked at, and many servers refuse headers of that size anyway.',
    mend: 'Leave claims out: what an API can look up for itself need not travel with every request.',
  },
  unknown_key: {
    title: 'No key fits',
    words: 'No key is known that fits its header.',
    mend: 'Use the issuer’s current keys, and see that the key is for the algorithm that the header names.',
  },
  bad_signature: {
    title: 'The signature is wrong',
    words: 'Either somebody changed the token after it was signed, or another key signed it.',
    mend: 'Do not believe a word of it. If you expected it to be right, look for the key that its issuer used.',
  },
  bad_encryption: {
    title: 'It does not decrypt',
    words: 'Either it was changed on its way, or it was encrypted to another key.',
    mend: 'See that the sender uses the recipient’s current public key.',
  },
  wrong_type: {
    title: 'Another kind of token',
    words: 'Its type or its claims are those of another kind of token than is asked for at this place.',
    mend: 'Send the token that belongs there: an access token to an API, an ID token to nobody but the application itself.',
  },
  expired: {
    title: 'Expired',
    words: 'Its time is over.',
    mend: 'Get a new one, with the refresh token or by signing in again. If it is new, compare the clocks.',
  },
  not_yet_valid: {
    title: 'Not valid yet',
    words: 'Its time lies ahead.',
    mend: 'Wait, or compare the clocks of the two machines: they differ by more than the few seconds that are allowed.',
  },
  wrong_issuer: {
    title: 'From another issuer',
    words: 'It was made by somebody else than the issuer that is expected.',
    mend: 'Compare both addresses character by character: a slash at the end counts. Test and production are easily confused.',
  },
  wrong_audience: {
    title: 'For somebody else',
    words: 'It was made for another receiver than the one that is expected, or for more than one.',
    mend: 'Ask for a token for this API: in the authorization request, name the API in the parameter resource.',
  },
  missing_claim: {
    title: 'A claim is missing',
    words: 'A token of this kind has to say more than this one does.',
    mend: 'The issuer has to add it.',
  },
  bad_claim: {
    title: 'A claim is wrong',
    words: 'A claim has another shape than its definition gives it, or does not fit the occasion.',
    mend: 'The issuer has to write it as its definition says: times as numbers of seconds, lists as lists.',
  },
}

/** Why a key can’t be used. */
export const keyRefusals: Readonly<Record<KeyErrorCode, string>> = {
  malformed:
    'This key is damaged: a member is missing or misspelt, or its numbers make no key. Copy it again as a whole.',
  unsupported: 'This key is of a type, curve or algorithm that is not spoken here, or not by this browser.',
  wrong_purpose: 'This key is meant for something else than verifying signatures with this algorithm.',
  weak: 'This key is too weak to prove anything: it can be guessed or computed. RSA needs 2048 bits, a shared secret as many as its hash (32 bytes for HS256).',
  secret_in_public:
    'This is a private key. The public half is enough to verify with; keep the private one where it was made.',
  inconsistent: 'The private and the public part of this key are not of one key.',
  duplicate_kid: 'Two keys of this set share one id, so nobody can say which of them is meant.',
}

/** Why a text is no JSON with one reading; follows “In the header” and “It can’t be read:”. */
export const jsonRefusals: Readonly<Record<JsonErrorCode, string>> = {
  not_utf8: 'there are bytes that are no UTF-8 text.',
  byte_order_mark: 'a byte order mark stands first, which JSON forbids.',
  syntax: 'there is a mistake in the JSON.',
  too_deep: 'values are nested deeper than twenty levels.',
  duplicate_member: 'one name stands twice, so that two readers could read two different things.',
  forbidden_member: 'there is a member __proto__, which is an attack on programs that read it.',
  lone_surrogate: 'there is half a character, which no text may have.',
  number_range: 'there is a number that is too large for any program to keep.',
}

/** The kinds of token, as people call them. */
export const kindNames: Readonly<Record<TokenKind, string>> = {
  access: 'an access token',
  id: 'an ID token',
  refresh: 'a refresh token',
  clientAssertion: 'a client assertion',
  requestObject: 'a request object',
  clientAttestation: 'a client attestation',
  clientAttestationPop: 'the proof of a client attestation',
  backchannelRequest: 'a signed backchannel request',
  authorizationResponse: 'a signed authorization response',
  logout: 'a logout token',
  userinfo: 'an answer of userinfo',
  authorizationGrant: 'an authorization grant',
  idJag: 'an identity assertion for another application',
  introspection: 'an introspection answer',
  securityEvent: 'a security event',
  partnerMessage: 'a partner’s message',
  dpop: 'a DPoP proof',
}

/** What each kind is there for. */
export const kindPurposes: Readonly<Record<TokenKind, string>> = {
  access: 'An application shows it to an API.',
  id: 'It tells an application who signed in, and is for nobody else.',
  refresh: 'An application exchanges it for new tokens at the server.',
  clientAssertion: 'An application proves with it who it is.',
  requestObject: 'It holds the parameters of an authorization request.',
  clientAttestation: 'Its maker vouches with it for one copy of an application.',
  clientAttestationPop: 'That copy proves with it, once, that it holds the key.',
  backchannelRequest: 'An application asks a person with it, wherever they are.',
  authorizationResponse: 'The server answers an authorization request with it.',
  logout: 'The server tells an application with it that a session has ended.',
  userinfo: 'The server tells an application with it what it may know of the person.',
  authorizationGrant: 'An issuer that the server trusts lets an application in with it.',
  idJag: 'An identity provider lets one application into another with it, in a person’s name.',
  introspection: 'The server answers with it what it knows of another token.',
  securityEvent: 'It reports something that has happened.',
  partnerMessage: 'It carries what one named partner tells another.',
  dpop: 'It proves, for one request, that the sender holds a key.',
}
