// The tokens of the moment: the same in every tab, and gone from all at once.
import { asAuthError } from './errors.ts'
import type { Events } from './events.ts'
import type { Settings } from './settings.ts'
import { type Message, openTabs } from './tabs.ts'
import type { Keeper, Tokens } from './types.ts'

export interface Held {
  now(): Tokens | undefined
  /** Takes tokens that this page got from the server, and tells the other tabs. */
  accept(tokens: Tokens): void
  /** Takes tokens that were kept from before, unless there are newer ones in this browser. */
  adopt(tokens: Tokens): void
  /** Signed out: here, in what is stored, and (unless told otherwise) in every tab. */
  drop(expired?: boolean, everywhere?: boolean): void
  /** Lets the other tabs say what they have; resolves at the first news, or when there can't be any. */
  ask(): Promise<void>
  /** Another tab has newer ones, so that this refresh token was spent: presenting it would look like theft. */
  outdated(tokens: Tokens): boolean
  /** Someone is, or seems to be, signed in in this browser. */
  marked(): boolean
  unmark(): void
}

/** Tabs answer at once or are asleep. */
const answerMs = 200

/** What this page believes, and the telling of it to its own listeners. */
function createState(keeper: Keeper, events: Events) {
  let current: Tokens | undefined
  // The newest state that this page has heard of, signed in or out: whatever is older comes too late.
  let version = 0
  return {
    now: () => current,
    version: () => version,
    become(next: Tokens | undefined, at: number): void {
      const before = current
      current = next
      version = at
      const same = before?.user.sub === next?.user.sub
      if (before && !same) events.emit('logout', undefined)
      if (next && !same) events.emit('login', next.user)
      if (next)
        events.emit('token', {
          accessToken: next.accessToken,
          expiresAt: Math.floor(next.expiresAtMs / 1000),
        })
      // What can't be stored is still held, and the person is signed in: an error, but not of the sign-in.
      Promise.resolve(next ? keeper.keep(next) : keeper.forget()).catch((cause) =>
        events.emit('error', asAuthError(cause, 'storage_failed')),
      )
    },
  }
}

/** @param resync called when another tab has changed something that it could not tell in a message */
export function hold(settings: Settings, keeper: Keeper, events: Events, resync: () => void): Held {
  const { now, version, become } = createState(keeper, events)
  let news = () => {}

  const hear = (message: Message) => {
    if (message.kind === 'ask') {
      const tokens = now()
      if (tokens) tabs.post({ kind: 'in', tokens })
      return
    }
    const at = message.kind === 'in' ? message.tokens.obtainedAtMs : message.version
    if (at <= version()) return
    if (message.kind === 'out' && message.expired && now()) events.emit('expired', undefined)
    become(message.kind === 'in' ? message.tokens : undefined, at)
    news()
  }
  const remarked = () => {
    if (tabs.mark() !== null) resync()
    else if (now()) become(undefined, version())
  }
  const tabs = openTabs(settings, hear, remarked)
  // A page that the Back button brings back from the browser's cache has missed every message.
  addEventListener('pageshow', (event) => event.persisted && remarked(), { signal: settings.closed })
  // Clocks jump; versions only grow.
  const later = () => Math.max(Date.now(), version() + 1)

  return {
    now,
    accept(tokens) {
      const renewed = { ...tokens, obtainedAtMs: later() }
      become(renewed, renewed.obtainedAtMs)
      tabs.setMark(version())
      tabs.post({ kind: 'in', tokens: renewed })
    },
    adopt(tokens) {
      const mark = tabs.mark() ?? 0
      const obtainedAtMs = tokens.obtainedAtMs || mark || Date.now()
      if (obtainedAtMs < mark || obtainedAtMs <= version()) return
      become({ ...tokens, obtainedAtMs }, obtainedAtMs)
      tabs.setMark(obtainedAtMs)
    },
    drop(expired = false, everywhere = true) {
      if (expired) events.emit('expired', undefined)
      become(undefined, later())
      if (!everywhere) return
      tabs.setMark(null)
      tabs.post({ kind: 'out', version: version(), expired })
    },
    ask: () =>
      new Promise((resolve) => {
        news = resolve
        setTimeout(resolve, answerMs)
        tabs.post({ kind: 'ask' })
      }),
    outdated: (tokens) => (tabs.mark() ?? 0) > tokens.obtainedAtMs,
    marked: () => tabs.mark() !== null,
    unmark: () => tabs.setMark(null),
  }
}
