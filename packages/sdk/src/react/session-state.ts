// How a page's session stands, as React reads it: one value that changes only when something has changed.
import type { AuthError } from '../client/errors.ts'
import type { Session } from '../client/index.ts'
import type { User } from '../client/types.ts'

/** Nothing is known yet, somebody is signed in, or nobody is. */
export interface SessionState {
  readonly status: 'loading' | 'signed-in' | 'signed-out'
  readonly user: User | null
  /** What went wrong last, until something goes right. */
  readonly error: AuthError | null
}

/** What `useSyncExternalStore` asks for. */
export interface StateSource {
  subscribe(changed: () => void): () => void
  state(): SessionState
  /** Remembers why something that was asked of the session came to nothing. */
  failed(error: AuthError): void
}

/** Before a session is made, and on a server, which has none. */
export const unknown: SessionState = { status: 'loading', user: null, error: null }

const sources = new WeakMap<Session, StateSource>()

/** The same for every provider of a session: it listens once, for as long as the page lives. */
export function stateOf(session: Session): StateSource {
  let source = sources.get(session)
  if (source === undefined) {
    source = listenTo(session)
    sources.set(session, source)
  }
  return source
}

function listenTo(session: Session): StateSource {
  const listeners = new Set<() => void>()
  let state: SessionState = unknown
  const become = (next: Partial<SessionState>): void => {
    state = { ...state, ...next }
    for (const changed of listeners) changed()
  }
  const stand = (user: User | null): void =>
    become({ status: user === null ? 'signed-out' : 'signed-in', user })
  session.on('login', (user) => become({ status: 'signed-in', user, error: null }))
  session.on('logout', () => stand(null))
  session.on('error', (error) => become({ error }))
  session.on('token', () => state.error !== null && become({ error: null }))
  void session.ready.then(() => stand(session.user))
  return {
    subscribe: (changed) => {
      listeners.add(changed)
      return () => listeners.delete(changed)
    },
    state: () => state,
    failed: (error) => become({ error }),
  }
}
