// An issuer without a server: it makes its own keys, mints access tokens (RFC 9068), and answers the three questions
// that a verifier asks (metadata, key set, introspection) through a `fetch` of its own.
import {
  type AccessClaims,
  formatOpaque,
  formatScope,
  type IdClaims,
  Parameters,
  type PublicJwk,
  publicJwk,
  readClientCredentials,
  type SigningKey,
  signToken,
} from '@countersign/protocol'
import type { Fetch } from '../verify/bounded-fetch.ts'
import type { VerifierOptions } from '../verify/settings.ts'
import { signedAnswerType } from '../verify/signed-answers.ts'
import { testFeed } from './test-feed.ts'
import { encryptedTo, newSigningKey, unguessable } from './test-keys.ts'

/** Whose tokens they are to be. */
export interface TestIssuerOptions {
  /** `https://issuer.test` unless told. Nothing is ever asked there. */
  readonly issuer?: string
  /** `https://api.test` unless told. */
  readonly audience?: string
  /** Whole seconds since the epoch; the system's clock unless told. */
  readonly now?: () => number
}

/** What a token says; everything has a default. Times are whole seconds. */
export interface TestToken {
  /** `usr_test` unless told. */
  readonly subject?: string
  /** `test-client` unless told. */
  readonly clientId?: string
  readonly scope?: string | readonly string[]
  readonly roles?: readonly string[]
  readonly audience?: string
  readonly issuer?: string
  readonly issuedAt?: number
  /** 300 unless told; negative for a token that has ended. */
  readonly expiresIn?: number
  /** When the user signed in: as the token was issued, unless told. */
  readonly authenticatedAt?: number
  readonly acr?: string
  readonly amr?: readonly string[]
  readonly sessionId?: string
  /** The thumbprint of the key that the token is bound to (RFC 9449 §6.1): that of a `testDpopKey()`. */
  readonly boundTo?: string
  /** The thumbprint of the client's certificate that the token is bound to (RFC 8705 §3.1). */
  readonly certificate?: string
  /** Any further claims. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** An opaque token, which mode `local` can't check. */
  readonly opaque?: boolean
}

/** An issuer in this process. */
export interface TestIssuer {
  readonly issuer: string
  readonly audience: string
  /** The published keys. */
  readonly jwks: { readonly keys: readonly PublicJwk[] }
  /** Everything that `createVerifier` or `auth` needs to trust this issuer, in any mode. */
  readonly options: Required<
    Pick<VerifierOptions, 'issuer' | 'audience' | 'fetch' | 'now' | 'clientId' | 'clientSecret'>
  >
  /** Answers as the issuer's server would: metadata, keys, introspection, revocations; everything else is 404. */
  readonly fetch: Fetch
  /** An access token (RFC 9068), or an opaque one. */
  token(token?: TestToken): string
  /** An ID token (OpenID Connect Core §2): what an API must refuse. `audience` is the client, `test-client` unless told. */
  idToken(token?: Pick<TestToken, 'subject' | 'audience' | 'issuedAt' | 'expiresIn' | 'claims'>): string
  /** An access token, encrypted to a key: the public one of a `testEncryptionKey()`, or any that names its `alg`. */
  encryptedToken(key: object, token?: TestToken): Promise<string>
  /** From now on introspection says that the token is not active, and the feed of revocations that it is dead. */
  revoke(token: string): void
  /** Signs with a new key from now on; the old ones stay published. */
  rotate(): Promise<void>
  /** Publishes nothing but the key that signs now. */
  retire(): void
}

/**
 * Makes an issuer with a key of its own.
 *
 * @example
 * const issuer = await testIssuer()
 * const app = createApp({ verifier: createVerifier(issuer.options) })
 * const headers = { authorization: `Bearer ${issuer.token({ subject: 'usr_ada', roles: ['teller'] })}` }
 */
export async function testIssuer(options: TestIssuerOptions = {}): Promise<TestIssuer> {
  const { issuer = 'https://issuer.test', audience = 'https://api.test' } = options
  const now = options.now ?? (() => Math.floor(Date.now() / 1000))
  const client = { clientId: 'test-api', clientSecret: unguessable() }
  const issued = new Map<string, AccessClaims>()
  let signing = await newSigningKey()
  let published: readonly SigningKey[] = [signing]

  function token(asked: TestToken = {}): string {
    const claims = claimsOf(asked, { issuer, audience, now: now() })
    const text =
      asked.opaque === true ? formatOpaque('csat', unguessable()) : signToken('access', claims, signing)
    issued.set(text, claims)
    return text
  }

  async function encryptedToken(key: object, asked: TestToken = {}): Promise<string> {
    const signed = token(asked)
    const text = await encryptedTo(key, signed)
    const claims = issued.get(signed)
    if (claims !== undefined) issued.set(text, claims)
    return text
  }

  const idToken: TestIssuer['idToken'] = (asked = {}) =>
    signToken('id', idClaimsOf(asked, { issuer, now: now() }), signing)

  const jwks = () => ({ keys: published.map((key) => publicJwk(key)) })
  const feed = testFeed({ issuer, now, sign: (claims) => signToken('securityEvent', claims, signing) })
  const introspect = (text: string) => introspected(issued.get(text), now())
  const told = () => ({ iss: issuer, aud: client.clientId, iat: now() })
  const sign = (answer: object) =>
    signToken('introspection', { ...told(), token_introspection: { ...answer } }, signing)
  const fetch = answering(issuer, { jwks, introspect, sign, revocations: feed.answer, client })

  return {
    issuer,
    audience,
    get jwks() {
      return jwks()
    },
    options: { issuer, audience, fetch, now, ...client },
    fetch,
    token,
    encryptedToken,
    idToken,
    revoke: (text) => {
      feed.revoke(issued.get(text))
      issued.delete(text)
    },
    async rotate() {
      signing = await newSigningKey()
      published = [...published, signing]
    },
    retire() {
      feed.retire(published.filter((key) => key !== signing))
      published = [signing]
    },
  }
}

function introspected(claims: AccessClaims | undefined, now: number): object {
  return claims === undefined || claims.exp <= now ? { active: false } : { active: true, ...claims }
}

function idClaimsOf(
  { subject = 'usr_test', audience = 'test-client', issuedAt, expiresIn = 300, claims }: TestToken,
  place: { readonly issuer: string; readonly now: number },
): IdClaims {
  const iat = issuedAt ?? place.now
  const names = { iss: place.issuer, aud: audience, sub: subject }
  return { ...names, iat, exp: iat + expiresIn, auth_time: iat, ...claims }
}

function claimsOf(
  asked: TestToken,
  place: { readonly issuer: string; readonly audience: string; readonly now: number },
): AccessClaims {
  const { scope, roles, acr, amr, sessionId, boundTo, certificate, issuedAt = place.now } = asked
  return {
    iss: asked.issuer ?? place.issuer,
    aud: asked.audience ?? place.audience,
    sub: asked.subject ?? 'usr_test',
    client_id: asked.clientId ?? 'test-client',
    iat: issuedAt,
    exp: issuedAt + (asked.expiresIn ?? 300),
    jti: unguessable(),
    auth_time: asked.authenticatedAt ?? issuedAt,
    ...(scope === undefined ? {} : { scope: typeof scope === 'string' ? scope : formatScope(scope) }),
    ...(roles === undefined ? {} : { roles }),
    ...(acr === undefined ? {} : { acr }),
    ...(amr === undefined ? {} : { amr }),
    ...(sessionId === undefined ? {} : { sid: sessionId }),
    ...(boundTo === undefined ? {} : { cnf: { jkt: boundTo } }),
    ...(certificate === undefined ? {} : { cnf: { 'x5t#S256': certificate } }),
    ...asked.claims,
  }
}

interface Answers {
  readonly jwks: () => unknown
  readonly introspect: (token: string) => object
  readonly sign: (answer: object) => string
  readonly revocations: () => Response
  readonly client: { readonly clientId: string; readonly clientSecret: string }
}

function answering(issuer: string, answers: Answers): Fetch {
  return async (url, init) => {
    const request = new Request(url, init)
    switch (request.url) {
      case `${issuer}/.well-known/openid-configuration`:
        return Response.json({
          issuer,
          jwks_uri: `${issuer}/oauth/jwks`,
          introspection_endpoint: `${issuer}/oauth/introspect`,
          revocation_feed_endpoint: `${issuer}/oauth/revocations`,
        })
      case `${issuer}/oauth/jwks`:
        return Response.json(answers.jwks(), { headers: { 'cache-control': 'public, max-age=300' } })
      case `${issuer}/oauth/introspect`:
        return introspection(request, answers)
      case `${issuer}/oauth/revocations`:
        return isClient(request, Parameters.from([]), answers.client) ? answers.revocations() : unauthorized()
      default:
        return new Response(null, { status: 404 })
    }
  }
}

async function introspection(request: Request, { introspect, sign, client }: Answers): Promise<Response> {
  const form = Parameters.parse(await request.text())
  if (!isClient(request, form, client)) return unauthorized()
  const answer = introspect(form.get('token') ?? '')
  return request.headers.get('accept') === signedAnswerType
    ? new Response(sign(answer), { headers: { 'content-type': signedAnswerType } })
    : Response.json(answer)
}

function isClient(request: Request, form: Parameters, client: Answers['client']): boolean {
  const credentials = readClientCredentials(request.headers.get('authorization') ?? undefined, form)
  return (
    credentials.method === 'client_secret_basic' &&
    credentials.clientId === client.clientId &&
    credentials.secret === client.clientSecret
  )
}

function unauthorized(): Response {
  return Response.json({ error: 'invalid_client' }, { status: 401 })
}
