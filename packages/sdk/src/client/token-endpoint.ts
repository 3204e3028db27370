// The requests that give, renew and revoke tokens (RFC 6749 §4.1.3 and §6, RFC 7009), and the reading of their
// answers. Fetch only, so that the browser and a back end (`frameworks/cookie-session.ts`) run the same lines.
import { AuthError } from './errors.ts'
import { readIdToken } from './id-token.ts'
import type { Metadata } from './metadata.ts'
import type { Tokens, User } from './types.ts'
import { type Answer, call } from './wire.ts'

export interface Party {
  readonly issuer: string
  readonly clientId: string
  readonly metadata: () => Promise<Metadata>
  /** How a confidential client proves itself; a public one sends its `client_id` instead. */
  readonly authorization?: string | undefined
}

function post(party: Party, url: string, form: Record<string, string>): Promise<Answer> {
  return call(url, {
    method: 'POST',
    // No cookie belongs here, even where server and application are one origin.
    credentials: 'omit',
    ...(party.authorization
      ? { headers: { authorization: party.authorization }, body: new URLSearchParams(form) }
      : { body: new URLSearchParams({ client_id: party.clientId, ...form }) }),
  })
}

/** Exchanges a code. @throws AuthError; never worth a second try: a code seen twice ends what it gave. */
export async function redeem(
  party: Party,
  code: string,
  attempt: { readonly verifier: string; readonly nonce: string; readonly redirectUri: string },
): Promise<Tokens> {
  const { token_endpoint, userinfo_endpoint } = await party.metadata()
  const answer = await post(party, token_endpoint, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: attempt.redirectUri,
    code_verifier: attempt.verifier,
  })
  const tokens = readTokens(answer, readIdToken(answer['id_token'], { ...party, nonce: attempt.nonce }))
  const { user, accessToken } = tokens
  if (user.name ?? user.email ?? user['preferred_username'] ?? !userinfo_endpoint) return tokens
  // Many servers keep the claims of `profile` and `email` out of the ID token (Core §5.4).
  const claims = await call(String(userinfo_endpoint), {
    credentials: 'omit',
    headers: { authorization: `Bearer ${accessToken}` },
  }).catch(() => ({}) as Answer)
  // §5.3.2: claims about someone else "MUST NOT be used".
  return claims['sub'] === user.sub ? { ...tokens, user: { ...claims, ...user } } : tokens
}

/** Trades the refresh token in. @throws AuthError */
export async function refresh(party: Party, old: Tokens, refreshToken: string): Promise<Tokens> {
  const { token_endpoint } = await party.metadata()
  const answer = await post(party, token_endpoint, {
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
  })
  const renewed = answer['id_token']
    ? readIdToken(answer['id_token'], { ...party, subject: old.user.sub })
    : undefined
  // What is not given anew stays as it was: a server may keep the refresh token and need not send an ID token.
  return { ...old, ...readTokens(answer, { ...old.user, ...renewed }) }
}

/** Makes the whole sign-in worthless at the server, as far as it offers that. @throws AuthError */
export async function revoke(party: Party, tokens: Tokens): Promise<void> {
  const { revocation_endpoint } = await party.metadata()
  const token = tokens.refreshToken ?? tokens.accessToken
  if (revocation_endpoint && token) await post(party, revocation_endpoint, { token })
}

/** Where the server's own session is ended (OpenID Connect RP-Initiated Logout 1.0 §2), if it offers that. */
export async function endSessionUrl(
  party: Party,
  idToken: string | undefined,
  returnTo: string,
): Promise<string | undefined> {
  const { end_session_endpoint } = await party.metadata()
  if (!end_session_endpoint) return undefined
  const url = new URL(end_session_endpoint)
  if (idToken) url.searchParams.set('id_token_hint', idToken)
  url.searchParams.set('client_id', party.clientId)
  url.searchParams.set('post_logout_redirect_uri', returnTo)
  return url.href
}

function readTokens(answer: Answer, user: User): Tokens {
  const { access_token, refresh_token, id_token, token_type, expires_in } = answer
  if (typeof access_token !== 'string' || !/^bearer$/i.test(String(token_type)))
    throw new AuthError('invalid_response')
  const obtainedAtMs = Date.now()
  return {
    user,
    accessToken: access_token,
    ...(typeof refresh_token === 'string' && { refreshToken: refresh_token }),
    ...(typeof id_token === 'string' && { idToken: id_token }),
    obtainedAtMs,
    expiresAtMs: obtainedAtMs + (Number(expires_in) || 300) * 1000,
  }
}
