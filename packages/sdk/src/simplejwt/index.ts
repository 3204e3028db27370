// The face of `@countersign/sdk/simplejwt`: an API that moves here from Django REST framework goes on answering its front
// ends as JWTAuthentication of djangorestframework-simplejwt did, token for token and word for word.
import type { Credentials, Verifiable } from '../verify/credentials.ts'
import { errorOf } from '../verify/errors.ts'
import type { Answers } from '../verify/guard.ts'
import type { Refusal, RefusalCode } from '../verify/refusal.ts'
import { refuse, refuseToken } from '../verify/refusal.ts'
import type { Verification } from '../verify/verification.ts'
import type { Verifier } from '../verify/verifier.ts'
import { tokenCheck } from './check.ts'
import { headerName, type SimpleJwtOptions, type SimpleJwtSettings, simpleJwtSettings } from './settings.ts'

export type { SimpleJwtOptions, SimpleJwtUser } from './settings.ts'

/**
 * The verifier and the answers for `auth()` of every framework. The principal's `subject` is the value of `userIdClaim`
 * as text; `claims` are the token's.
 *
 * @throws TypeError for settings that make no sense
 * @example
 * app.use(auth(simpleJwt({ algorithm: 'ES256', jwkUrl: 'https://id.example.com/oauth/jwks' })))
 */
export function simpleJwt(options: SimpleJwtOptions): {
  readonly verifier: Verifier
  readonly answers: Answers
} {
  const settings = simpleJwtSettings(options)
  return { verifier: verifierOf(settings), answers: answersOf(settings) }
}

function verifierOf(settings: SimpleJwtSettings): Verifier {
  const ofToken = tokenCheck(settings)
  const check = (sent: Parameters<Verifier['check']>[0]): Promise<Verification> =>
    ofToken(typeof sent === 'string' ? sent : sent.token)
  return {
    issuer: settings.issuer ?? '',
    audience: settings.audiences?.[0] ?? '',
    mode: 'local',
    dpop: null,
    clientCertificate: { place: 'connection', isAnnounced: false },
    now: settings.now,
    check,
    verify: async (from) => {
      const credentials =
        typeof from === 'string' ? ({ kind: 'token', sent: from } as const) : read(settings, from)
      if (credentials.kind !== 'token')
        throw errorOf(refuse('unauthenticated', 'no token of Simple JWT was sent'))
      const verification = await check(credentials.sent)
      if (verification.ok === true) return verification.principal
      throw errorOf(refuseToken(verification, {}))
    },
    staleness: () => null,
    close: () => {},
  }
}

function answersOf(settings: SimpleJwtSettings): Answers {
  return { read: (view) => read(settings, view), write: (refusal) => write(settings, refusal) }
}

function read(settings: SimpleJwtSettings, { headers }: Verifiable): Credentials {
  const value = headerOf(headers, headerName(settings))
  const [scheme, token, ...more] = (value ?? '').split(/\s+/).filter((part) => part !== '')
  if (scheme === undefined || !isTaken(settings, scheme)) return { kind: 'none' }
  if (token === undefined || more.length > 0)
    return { kind: 'malformed', detail: 'the header has not two words' }
  return { kind: 'token', sent: token }
}

function isTaken({ authHeaderTypes, anyCaseScheme }: SimpleJwtSettings, scheme: string): boolean {
  const form = (text: string) => (anyCaseScheme ? text.toLowerCase() : text)
  return authHeaderTypes.some((type) => form(type) === form(scheme))
}

function headerOf(headers: Verifiable['headers'], name: string): string | undefined {
  if (typeof headers['get'] === 'function') return headers.get(name) ?? undefined
  const found = Object.entries(headers).find(([other]) => other.toLowerCase() === name)?.[1]
  return typeof found === 'string' ? found : found?.[0]
}

const bodies: { readonly [C in RefusalCode]?: Readonly<Record<string, unknown>> } = {
  unauthenticated: { detail: 'Authentication credentials were not provided.' },
  invalid_request: {
    detail: 'Authorization header must contain two space-delimited values',
    code: 'bad_authorization_header',
  },
  not_found: { detail: 'Not found.' },
  unavailable: { detail: 'Service temporarily unavailable, try again later.' },
}
const forbidden = { detail: 'You do not have permission to perform this action.' }

function write(
  { authHeaderTypes, challenges }: SimpleJwtSettings,
  { code, status, headers, said }: Refusal,
): ReturnType<Answers['write']> {
  const body = said ?? bodies[code] ?? forbidden
  const isDenied = code === 'forbidden' || code.startsWith('insufficient_')
  const isOfCredentials = !isDenied && (status === 401 || status === 400)
  const { 'retry-after': retryAfter, 'cache-control': cacheControl = 'no-store' } = headers
  return {
    status: isDenied || (isOfCredentials && !challenges) ? 403 : isOfCredentials ? 401 : status,
    headers: {
      'content-type': 'application/json',
      'cache-control': cacheControl,
      ...(isOfCredentials &&
        challenges && { 'www-authenticate': `${authHeaderTypes[0] ?? 'Bearer'} realm="api"` }),
      ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
    },
    body,
  }
}
