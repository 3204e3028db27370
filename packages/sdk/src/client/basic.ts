// Mode `basic`: the person's name and password go with each request (RFC 7617). For APIs that take nothing else; whatever
// can take a token should be given one.
import { AuthError } from './errors.ts'
import { createEvents, type Listener } from './events.ts'
import { addressed } from './fetch.ts'

/** How a page's session by name and password is made. */
export interface BasicClientOptions {
  readonly mode: 'basic'
  /** The server that keeps the passwords: its origin is sent them too. */
  readonly issuer: string
  /** Other origins that `fetch` sends name and password to. Default: the page's own. Never on plain http but on loopback. */
  readonly origins?: readonly string[]
}

/** What a person types. */
export interface BasicCredentials {
  /** Without a colon. */
  readonly username: string
  readonly password: string
}

/** The session's events, with what their listeners are given. */
export interface BasicEvents {
  /** Somebody has said who they are. Nobody has checked it yet: the first request of a listener does. */
  readonly login: { readonly username: string }
  readonly logout: undefined
  /** An API did not take name and password, which are forgotten; `logout` follows. */
  readonly expired: undefined
}

/** Who is signed in on this page, until it is left: in no other tab, and in no storage. */
export interface BasicSession {
  /** The name as it was typed; null when nobody is signed in. */
  readonly user: BasicEvents['login'] | null
  /**
   * Remembers name and password in this page's memory. Sends nothing.
   * @throws AuthError `invalid_username` for a name with a colon, or either with a control character (RFC 7617 §2)
   */
  signIn(credentials: BasicCredentials): void
  /** Forgets them. Sends nothing. */
  signOut(): void
  /**
   * `fetch` that adds name and password, to listed origins only, and never lets the browser ask for them with a window of
   * its own: cookies and what the browser itself remembers stay behind. A 401 signs out.
   * @throws AuthError `insecure_origin` instead of sending a password over plain http
   */
  readonly fetch: typeof fetch
  /** Listens; a late listener is told how things stand. Always asynchronous. Returns the way to stop. */
  on<Name extends keyof BasicEvents>(event: Name, listener: Listener<Name, BasicEvents>): () => void
}

export function basicSession({ issuer, origins = [location.origin] }: BasicClientOptions): BasicSession {
  const events = createEvents<BasicEvents>()
  const allowed = [issuer, ...origins].map((one) => new URL(one).origin)
  let held: { readonly user: BasicEvents['login']; readonly header: string } | undefined
  const signOut = () => {
    if (!held) return
    held = undefined
    events.emit('logout', undefined)
  }
  return {
    get user() {
      return held?.user ?? null
    },
    signIn({ username, password }) {
      const text = `${username}:${password}`
      if (username.includes(':') || /\p{Cc}/u.test(text)) throw new AuthError('invalid_username')
      signOut()
      held = {
        user: { username },
        header: `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(text)))}`,
      }
      events.emit('login', held.user)
    },
    signOut,
    async fetch(input, init) {
      const { url, target, headers } = addressed(input, init)
      if (!allowed.includes(url.origin) || headers.has('authorization')) return fetch(target, init)
      const sent = held
      if (sent) {
        if (!isPrivate(url)) throw new AuthError('insecure_origin')
        headers.set('authorization', sent.header)
      }
      const response = await fetch(target, { ...init, headers, credentials: 'omit' })
      // A redirect to another origin loses the header, so that its 401 says nothing of what was sent.
      const isTheirs = !response.redirected || new URL(response.url).origin === url.origin
      if (response.status === 401 && isTheirs && sent && sent === held) {
        events.emit('expired', undefined)
        signOut()
      }
      return response
    },
    on: events.on,
  }
}

/** Nobody on the way can read what is sent there. */
const isPrivate = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || /^(127\.[\d.]+|\[::1\]|(.+\.)?localhost)$/.test(hostname)
