// A verifier: from an access token, as sent, to the principal that it stands for.
import type { CertificatePlace, CertificateTerms } from './client-certificate.ts'
import { readCredentials, type Verifiable } from './credentials.ts'
import { databaseCheck } from './database.ts'
import { unreadableOnly } from './decryption.ts'
import { type CheckSent, type Sent, withProofs } from './dpop.ts'
import { type DpopTerms, termsOf } from './dpop-settings.ts'
import { errorOf } from './errors.ts'
import { createKeySource } from './keys.ts'
import { checkVerifierNames } from './known-options.ts'
import { localCheck } from './local.ts'
import { noToken, refuse, refuseToken, schemeOf } from './refusal.ts'
import type { Principal } from './register.ts'
import { revocableCheck } from './revocation-check.ts'
import { type VerifierOptions, type VerifierSettings, verifierSettings } from './settings.ts'
import type { CheckToken, Verification } from './verification.ts'

/** Checks the access tokens of one issuer for one audience. */
export interface Verifier {
  readonly issuer: string
  readonly audience: string
  readonly mode: VerifierSettings['source']['mode']
  /** How it takes tokens that are bound to a key (RFC 9449); null where it takes none. */
  readonly dpop: DpopTerms | null
  /** Where it looks for the certificates of clients (RFC 8705). */
  readonly clientCertificate: CertificateTerms
  /** The verifier's clock: whole seconds since the epoch. */
  readonly now: () => number
  /**
   * The principal of a bearer token, or of the request that carries a token. A proof is good for one request object:
   * behind a guard ask `getAuth`.
   *
   * @throws UnauthenticatedError 401, InvalidRequestError 400 (two tokens, a malformed header), UnavailableError 503
   *   (the issuer could not be asked)
   */
  verify(from: string | Verifiable): Promise<Principal>
  /**
   * The same for a token as a tagged union; answers at once when nothing needs to be asked. Never throws for a token.
   *
   * @param sent a bearer token, or one that came with proofs, or beside a certificate
   */
  check(sent: Sent): Verification | Promise<Verification>
  /**
   * How old what is known of revocations is, in seconds; null when nothing is known: in mode local never, in mode
   * revocable before the first check, after a fault and when closed. In mode database always 0.
   */
  staleness(): number | null
  /** Ends the connection of mode revocable, so that the process can end. From then on what is known is too old. */
  close(): void
}

/**
 * Makes a verifier. Keep it: its keys and the tokens that it has seen live as long as it does.
 *
 * @throws TypeError for a missing, wrong or unknown setting; KeyError for unusable `keys`
 * @example
 * const verifier = createVerifier({ issuer: 'https://id.example.com', audience: 'https://api.example.com' })
 * const principal = await verifier.verify(request)
 */
export function createVerifier(options: VerifierOptions = {}): Verifier {
  checkVerifierNames(options)
  return verifierOf(verifierSettings(options))
}

const shared = new Map<string, Verifier>()
/** Verifiers of mode revocable that no application holds. */
const following = new Set<Verifier>()

/** One verifier for all `auth()` of the same settings, so that they share keys and seen tokens. */
export function sharedVerifier(options: VerifierOptions): Verifier {
  const settings = verifierSettings(options)
  const { fetch, now, jwks, keys, decryption, dpop, onFeed } = options
  // What is compared by identity, or is too secret to be part of a name.
  const isOwn =
    [fetch, now, keys, decryption, onFeed].some((one) => one !== undefined) ||
    typeof jwks === 'object' ||
    typeof dpop === 'object'
  if (isOwn) return followed(verifierOf(settings))
  const key = JSON.stringify([settings, options.dangerPlainHttp === true])
  let verifier = shared.get(key)
  if (verifier === undefined) {
    verifier = followed(verifierOf(settings))
    shared.set(key, verifier)
  }
  return verifier
}

function followed(verifier: Verifier): Verifier {
  if (verifier.mode === 'revocable') following.add(verifier)
  return verifier
}

/**
 * Ends what every `auth({ mode: 'revocable' })` without a `verifier` of the application's keeps open, so that the process
 * can end. Requests that still come are judged as when the connection is lost: see `whenStale`.
 */
export function closeAuth(): void {
  for (const verifier of following) verifier.close()
  for (const [key, verifier] of shared) if (following.has(verifier)) shared.delete(key)
  following.clear()
}

function verifierOf(settings: VerifierSettings): Verifier {
  const { issuer, audience, now, source, dpop, clientCertificate } = settings
  const { check, feed } = checkOf(settings)
  const terms = termsOf(dpop)

  async function verify(from: string | Verifiable): Promise<Principal> {
    const sent = typeof from === 'string' ? from : sentBy(from, terms, clientCertificate.place)
    const verification = await check(sent)
    if (verification.ok === true) return verification.principal
    throw errorOf(refuseToken(verification, { dpop: terms, scheme: schemeOf(sent) }))
  }

  const { mode } = source
  return { issuer, audience, mode, dpop: terms, clientCertificate, now, verify, check, ...feed }
}

interface Check {
  readonly check: CheckSent
  readonly feed: Pick<Verifier, 'staleness' | 'close'>
}

function checkOf(settings: VerifierSettings): Check {
  const { decryption } = settings
  const { check, feed } = tokenCheckOf(settings)
  return {
    check: withProofs(settings, decryption?.isRequired === true ? unreadableOnly(check) : check),
    feed,
  }
}

function tokenCheckOf(settings: VerifierSettings): { check: CheckToken; feed: Check['feed'] } {
  const { source } = settings
  const close = (): void => {}
  switch (source.mode) {
    case 'local':
      return {
        check: localCheck(settings, createKeySource(settings, source.keys)),
        feed: { staleness: () => null, close },
      }
    case 'database':
      return { check: databaseCheck(settings, source), feed: { staleness: () => 0, close } }
    case 'revocable':
      return revocableCheck(settings, source)
  }
}

function sentBy(request: Verifiable, dpop: DpopTerms | null, place: CertificatePlace): Sent {
  const credentials = readCredentials(request, request, place)
  if (credentials.kind === 'token') return credentials.sent
  throw errorOf(
    credentials.kind === 'none'
      ? refuse('unauthenticated', noToken, { dpop })
      : refuse('invalid_request', credentials.detail, { dpop }),
  )
}
