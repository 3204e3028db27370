// The application's back end keeps the tokens in HttpOnly cookies; no script ever sees one. The page does the walk to
// the server as always and hands code and verifier over. The other half is `@countersign/sdk/cookie-session`.
//
// The wire, below `base` (default `/auth`), same origin only, JSON both ways, never cached. Every request carries the
// header `Countersign-Session: 1`, which no form and no other origin can send; requests that change something must
// also have the application's own `Origin`.
//
// | request | body | answer |
// |---|---|---|
// | `POST /session` | `{ code, codeVerifier, nonce, redirectUri }` | 200 `Signed`, sets the cookies |
// | `GET /session` | | 200 `Signed`, or `{ user: null }` when nobody is signed in |
// | `POST /refresh` | | 200 `Signed`, renews the cookies |
// | `DELETE /session?returnTo=…` | | 200 `{ signOutUrl }`: cookies gone, tokens revoked; to be gone to next, or null |
// | `GET /sign-out` | | for the browser itself, within a minute: 303 to where the server's own session is ended |
//
// `Signed` is `{ user, expiresIn }`: the claims, and the seconds that the access token still lives. A refusal is 4xx
// with `{ error }`: the authorization server's code (`invalid_grant`: over, cookies removed), `invalid_request`, or
// `forbidden` for a request that is not the application's own. 5xx: could not ask, nothing changed.
import type { Settings } from './settings.ts'
import type { Keeper, Tokens, User } from './types.ts'
import { type Answer, call } from './wire.ts'

/** What makes a request the application's own. */
export const ownHeader = 'countersign-session'

export function cookieKeeper(settings: Settings, base: string): Keeper {
  const ask = (method: string, path: string, body?: object): Promise<Answer> =>
    call(base + path, {
      method,
      headers: { [ownHeader]: '1', 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
  const signed = ({ user, expiresIn }: Answer): Tokens => {
    const obtainedAtMs = Date.now()
    return { user: user as User, obtainedAtMs, expiresAtMs: obtainedAtMs + Number(expiresIn) * 1000 }
  }
  return {
    async redeem(code, { verifier, nonce }) {
      const { redirectUri } = settings
      return signed(await ask('POST', '/session', { code, codeVerifier: verifier, nonce, redirectUri }))
    },
    async recall() {
      const answer = await ask('GET', '/session')
      // All tabs have the same cookies: nothing here is newer than what they know.
      return answer['user'] ? { ...signed(answer), obtainedAtMs: 0 } : undefined
    },
    keep: async () => {},
    forget: async () => {},
    mayRenew: () => true,
    renew: async () => signed(await ask('POST', '/refresh')),
    async end(_tokens, returnTo) {
      const answer = await ask('DELETE', `/session?returnTo=${encodeURIComponent(returnTo)}`)
      return (answer['signOutUrl'] as string | null) ?? undefined
    },
  }
}
