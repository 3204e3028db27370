// What an application sees of the browser client, and the values that its parts hand to each other.
import type { AuthError } from './errors.ts'

/** The person, by the claims that the server gave (OpenID Connect Core §5.1). `sub` never changes. */
export interface User {
  readonly sub: string
  readonly name?: string
  readonly email?: string
  readonly picture?: string
  /** Told to a client that has the scope `roles` and asks for it; as they were when the sign-in was last renewed. */
  readonly roles?: readonly string[]
  readonly [claim: string]: unknown
}

/** A place of your own for tokens. One text is kept; it is secret. May be asynchronous; may throw. */
export interface Store {
  read(): string | null | undefined | Promise<string | null | undefined>
  write(text: string): unknown
  clear(): unknown
}

/** How a page's session is made. */
export interface ClientOptions {
  /** With `basic` there are no tokens, and other options: see `BasicClientOptions`. */
  readonly mode?: undefined
  /** The server's address, exactly as its metadata names it. */
  readonly issuer: string
  readonly clientId: string
  /** Default: `/callback` on the page's origin. The page there must create the client too. */
  readonly redirectUri?: string
  /** Default: `openid profile email offline_access`. Keep `openid`; add the scopes of your API. */
  readonly scope?: string
  /** The API that the access token is for, when the scopes do not say it (RFC 8707). */
  readonly resource?: string
  /**
   * Where tokens live. `memory` (default): nowhere but in the page; a reload asks the other tabs, then the server
   * through a hidden frame. `session`, `local`: Web Storage, which outlives the page and which every script of your
   * origin can read. `cookie`: your own back end keeps them and no script sees them (see `cookie.ts`).
   */
  readonly store?: 'memory' | 'session' | 'local' | 'cookie' | Store
  /** With `store: 'cookie'`: where your back end serves the cookie session. Default: `/auth`. */
  readonly cookie?: { readonly base: string }
  /** Origins that `fetch` sends the access token to. Default: the page's own, and no other. */
  readonly origins?: readonly string[]
  /**
   * May a hidden frame ask the server whether someone is signed in? Default: true. The page at `redirectUri` must
   * allow being framed by its own origin, and server and application must share a site (`auth.example.com` and
   * `app.example.com` do), because browsers keep the cookies of other sites out of frames.
   */
  readonly silent?: boolean
  /** Goes to a path of this origin after sign-in. Default: `history.replaceState` and a `popstate` event. */
  readonly navigate?: (path: string) => void
}

/** What a sign-in asks of the server (OpenID Connect Core §3.1.2.1) and of this page. */
export interface SignInOptions {
  /** Where to be afterwards: a path of this origin; default: here. Anything else becomes the page above `redirectUri`. */
  readonly returnTo?: string
  readonly prompt?: 'none' | 'login' | 'consent' | 'select_account' | 'create'
  readonly loginHint?: string
  /** Seconds: ask for credentials again when the last time was longer ago. */
  readonly maxAge?: number
  readonly acrValues?: string
  readonly uiLocales?: string
  /** Instead of the client's scope, for this sign-in. */
  readonly scope?: string
}

/** How far a sign-out goes, and where it ends. */
export interface SignOutOptions {
  /**
   * `true` (default): the server's own session ends too, if its metadata offers that, and with it the sign-in of
   * every application that relies on it. `false`: this application only.
   */
  readonly everywhere?: boolean
  /** Where the server sends the browser afterwards; registered there. Default: the page above `redirectUri`. */
  readonly returnTo?: string
}

/** The session's events, with what their listeners are given. */
export interface SessionEvents {
  /** Someone is signed in, here or in another tab, or is now another person. */
  readonly login: User
  readonly logout: undefined
  /** A new access token. `accessToken` is undefined with `store: 'cookie'`; `expiresAt` in seconds since 1970. */
  readonly token: { readonly accessToken: string | undefined; readonly expiresAt: number }
  /** The server has ended this sign-in; `logout` follows. */
  readonly expired: undefined
  readonly error: AuthError
}

/** What is held while someone is signed in. */
export interface Tokens {
  readonly user: User
  readonly accessToken?: string
  readonly refreshToken?: string
  readonly idToken?: string
  /** Also the version: of two, the later one counts. 0: as new as any in this browser. */
  readonly obtainedAtMs: number
  readonly expiresAtMs: number
}

/** Who holds the tokens and talks to the server: this page (`direct.ts`) or the application's back end (`cookie.ts`). */
export interface Keeper {
  /** Exchanges a code, once. */
  redeem(code: string, attempt: { readonly verifier: string; readonly nonce: string }): Promise<Tokens>
  /** What was kept from before this page was loaded. */
  recall(): Promise<Tokens | undefined>
  keep(tokens: Tokens): Promise<void>
  forget(): Promise<void>
  mayRenew(tokens: Tokens): boolean
  /** @throws AuthError for which `isOver` holds when the sign-in has ended */
  renew(tokens: Tokens): Promise<Tokens>
  /** Makes the tokens worthless; returns where the server's own session is ended, if anywhere. */
  end(tokens: Tokens, returnTo: string): Promise<string | undefined>
}
