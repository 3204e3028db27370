// A verifier: from an access token, as sent, to the principal that it stands for.
import { readCredentials, type Verifiable } from './credentials.ts'
import { databaseCheck } from './database.ts'
import { errorOf } from './errors.ts'
import { localCheck } from './local.ts'
import { refuse } from './refusal.ts'
import type { Principal } from './register.ts'
import { type VerifierOptions, type VerifierSettings, verifierSettings } from './settings.ts'
import type { Verification } from './verification.ts'

/** Checks the access tokens of one issuer for one audience. */
export interface Verifier {
  readonly issuer: string
  readonly audience: string
  readonly mode: 'local' | 'database'
  /** The verifier's clock: whole seconds since the epoch. */
  readonly now: () => number
  /**
   * The principal of a token, or of the request that carries one.
   *
   * @throws UnauthenticatedError 401, InvalidRequestError 400 (two tokens, a malformed header), UnavailableError 503
   *   (the issuer could not be asked)
   */
  verify(from: string | Verifiable): Promise<Principal>
  /** The same for a token as a tagged union; answers at once when nothing needs to be asked. Never throws for a token. */
  check(token: string): Verification | Promise<Verification>
}

/**
 * Makes a verifier. Keep it: its keys and the tokens that it has seen live as long as it does.
 *
 * @throws TypeError for a missing or wrong setting; KeyError for an unusable `jwks` object
 * @example
 * const verifier = createVerifier({ issuer: 'https://id.example.com', audience: 'https://api.example.com' })
 * const principal = await verifier.verify(request)
 */
export function createVerifier(options: VerifierOptions = {}): Verifier {
  return verifierOf(verifierSettings(options))
}

const shared = new Map<string, Verifier>()

/** One verifier for all `auth()` of the same settings, so that they share keys and seen tokens. */
export function sharedVerifier(options: VerifierOptions): Verifier {
  const settings = verifierSettings(options)
  const isOwn = options.fetch !== undefined || options.now !== undefined || typeof options.jwks === 'object'
  if (isOwn) return verifierOf(settings)
  const key = JSON.stringify([settings, options.dangerPlainHttp === true])
  let verifier = shared.get(key)
  if (verifier === undefined) {
    verifier = verifierOf(settings)
    shared.set(key, verifier)
  }
  return verifier
}

function verifierOf(settings: VerifierSettings): Verifier {
  const { issuer, audience, now, source } = settings
  const check = source.mode === 'local' ? localCheck(settings, source.jwks) : databaseCheck(settings, source)

  async function verify(from: string | Verifiable): Promise<Principal> {
    const verification = await check(typeof from === 'string' ? from : tokenOf(from))
    if (verification.ok === true) return verification.principal
    throw errorOf(refuse(verification.code, verification.detail))
  }

  return { issuer, audience, mode: source.mode, now, verify, check }
}

function tokenOf(request: Verifiable): string {
  const credentials = readCredentials(request)
  if (credentials.kind === 'token') return credentials.token
  throw errorOf(
    credentials.kind === 'none'
      ? refuse('unauthenticated', 'no bearer token was sent')
      : refuse('invalid_request', credentials.detail),
  )
}
