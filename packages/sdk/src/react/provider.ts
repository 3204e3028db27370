// The provider of a page's session, and the hooks that read it.
import {
  type Context,
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useContext,
  useMemo,
  useSyncExternalStore,
} from 'react'
import { createClient, type Session } from '../client/client.ts'
import { AuthError } from '../client/errors.ts'
import type { ClientOptions, User } from '../client/types.ts'
import { type SessionState, stateOf, unknown } from './session-state.ts'

/** The options of `createClient`, or a session that the application has made of them itself. */
export type ProviderProps = { readonly children?: ReactNode } & (
  | ({ readonly session?: undefined } & ClientOptions)
  | { readonly session: Session }
)

/** What can be done about the session; each as `Session` says. */
export type SessionActions = Pick<Session, 'signIn' | 'signUp' | 'signOut' | 'getToken' | 'fetch'>

/** Who is signed in, and what can be done about it. */
export interface Auth extends SessionActions {
  /** Until it is known whether somebody is signed in; on a server always. */
  readonly isLoading: boolean
  readonly isSignedIn: boolean
  readonly user: User | null
  /** What went wrong last, until something goes right. */
  readonly error: SessionState['error']
}

interface Provided {
  /** Null on a server. */
  readonly session: Session | null
  /** The server's address, where it is known: accounts are kept there. */
  readonly issuer: string | undefined
}

const provided: Context<Provided | null> = createContext<Provided | null>(null)

// One for each client of the page: making it takes the server's answer out of the address, which is there only once, and
// React makes some things twice.
const ofThisPage = new Map<string, Session>()

/**
 * Provides the session of this page to everything below it. Its options are read once.
 *
 * @example
 * <CountersignProvider issuer="https://id.example.com" clientId="shop"><Shop /></CountersignProvider>
 */
export function CountersignProvider({ children, ...from }: ProviderProps): ReactElement {
  const session = sessionFrom(from)
  const issuer = 'issuer' in from ? from.issuer : undefined
  const value = useMemo(() => ({ session, issuer }), [session, issuer])
  return createElement(provided.Provider, { value }, children)
}

function sessionFrom(from: Omit<ProviderProps, 'children'>): Session | null {
  const given = from as ({ readonly session?: undefined } & ClientOptions) | { readonly session: Session }
  if (given.session !== undefined) return given.session
  if (typeof window === 'undefined') return null
  const { session: _, ...options } = given
  const name = JSON.stringify([options.issuer, options.clientId])
  let session = ofThisPage.get(name)
  if (session === undefined) {
    session = createClient(options)
    ofThisPage.set(name, session)
  }
  return session
}

/** @throws Error outside of a provider */
export function useProvided(): Provided {
  const value = useContext(provided)
  if (value === null) throw new Error('There is no <CountersignProvider> above this component')
  return value
}

const never = (): (() => void) => () => {}
const nothing = (): SessionState => unknown

function useSessionState({ session }: Provided): SessionState {
  const source = session === null ? null : stateOf(session)
  return useSyncExternalStore(source?.subscribe ?? never, source?.state ?? nothing, nothing)
}

/**
 * Who is signed in, and what can be done about it.
 *
 * @throws Error outside of a provider
 * @example const { user, signIn, signOut } = useAuth()
 */
export function useAuth(): Auth {
  const value = useProvided()
  const { status, user, error } = useSessionState(value)
  const actions = useMemo(() => actionsOf(value.session), [value.session])
  return useMemo(
    () => ({ ...actions, isLoading: status === 'loading', isSignedIn: status === 'signed-in', user, error }),
    [actions, status, user, error],
  )
}

/** The person who is signed in; null when nobody is, and while that is not known. @throws Error outside of a provider */
export function useUser(): User | null {
  return useSessionState(useProvided()).user
}

function actionsOf(session: Session | null): SessionActions {
  const there = (): Session => {
    if (session === null) throw new Error('A session is in a browser: call this in an effect or an event')
    return session
  }
  /** @throws what the session does, which is `error` as well */
  const remembered = async (act: (session: Session) => Promise<void>): Promise<void> => {
    const mine = there()
    try {
      await act(mine)
    } catch (error) {
      if (error instanceof AuthError) stateOf(mine).failed(error)
      throw error
    }
  }
  return {
    signIn: (options) => remembered((mine) => mine.signIn(options)),
    signUp: (options) => remembered((mine) => mine.signUp(options)),
    signOut: (options) => remembered((mine) => mine.signOut(options)),
    getToken: async () => there().getToken(),
    fetch: async (input, init) => there().fetch(input, init),
  }
}
