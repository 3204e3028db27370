// The face of `@countersign/sdk/simplejwt`: an API that moves here from Django REST framework goes on answering its front
// ends as JWTAuthentication of djangorestframework-simplejwt did, token for token and word for word.
import type { Credentials, Verifiable } from '../verify/credentials.ts'
import { foreignVerifier, headerOf } from '../verify/foreign-tokens.ts'
import type { Answers } from '../verify/guard.ts'
import type { Refusal, RefusalCode } from '../verify/refusal.ts'
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
  const answers = answersOf(settings)
  const { now, issuer, audiences } = settings
  const named = { now, issuer: issuer ?? '', audience: audiences?.[0] ?? '' }
  return { verifier: foreignVerifier(named, answers.read, tokenCheck(settings)), answers }
}

function answersOf(settings: SimpleJwtSettings): Answers {
  return { read: (view) => read(settings, view), write: (refusal) => write(settings, refusal) }
}

function read(settings: SimpleJwtSettings, view: Verifiable): Credentials {
  const value = headerOf(view, headerName(settings))
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
    text: JSON.stringify(body),
  }
}
