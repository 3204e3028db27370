// The options with every default filled in.
import { discovery, type Metadata } from './metadata.ts'
import { localPath } from './return-to.ts'
import type { ClientOptions, Store } from './types.ts'

export interface Settings {
  readonly issuer: string
  readonly clientId: string
  readonly redirectUri: string
  readonly scope: string
  readonly resource: string | undefined
  readonly origins: readonly string[]
  readonly silent: boolean
  readonly metadata: () => Promise<Metadata>
  readonly navigate: (path: string) => void
  /** The page above the callback: where people go when nobody knows better. */
  readonly home: string
  readonly localPath: (asked: string | undefined) => string
  /** Names everything that this client shares with other pages of the origin: storage keys, channel and lock. */
  readonly name: string
  readonly store: Store | undefined
  /** Web Storage of ours, emptied when someone signs out in another tab. */
  readonly webStorage: boolean
  /** Set when the application's back end keeps the tokens. */
  readonly base: string | undefined
  /** Aborted when the client is closed: timers, channel and listeners end. */
  readonly closed: AbortSignal
}

export function settle(options: ClientOptions, closed: AbortSignal): Settings {
  const { issuer, clientId, store = 'memory', origins = [location.origin], silent = true } = options
  const redirectUri = options.redirectUri ?? `${location.origin}/callback`
  const home = new URL('.', redirectUri).href
  const name = `countersign ${issuer} ${clientId}`
  return {
    issuer,
    clientId,
    redirectUri,
    scope: options.scope ?? 'openid profile email offline_access',
    resource: options.resource,
    origins: origins.map((one) => new URL(one).origin),
    silent: silent && store !== 'cookie',
    metadata: discovery(issuer),
    navigate: options.navigate ?? goTo,
    home,
    localPath: (asked) => localPath(asked, new URL(home).pathname),
    name,
    store: typeof store === 'object' ? store : webStore(store, name),
    webStorage: store === 'session' || store === 'local',
    base: store === 'cookie' ? (options.cookie?.base ?? '/auth') : undefined,
    closed,
  }
}

// Single-page applications are told as if the person had gone there by the browser's own buttons.
function goTo(path: string): void {
  history.replaceState(history.state, '', path)
  dispatchEvent(new PopStateEvent('popstate', { state: history.state }))
}

function webStore(kind: string, name: string): Store | undefined {
  const key = `${name} tokens`
  const place = { session: () => sessionStorage, local: () => localStorage }[kind]
  return (
    place && {
      read: () => place().getItem(key),
      write: (text) => place().setItem(key, text),
      clear: () => place().removeItem(key),
    }
  )
}
