// What the pages of one origin share: a channel, a mark that says whether someone is signed in, and a lock.
import type { Settings } from './settings.ts'
import type { Tokens } from './types.ts'

/**
 * What tabs tell each other. Tokens go over the BroadcastChannel and so stay inside the browser's processes: it
 * reaches pages of exactly this origin and writes nothing down. It gives no script anything new: whoever runs in this
 * origin could as well ask the server through a hidden frame, or sit inside `fetch`. Handing over is better than
 * letting each tab ask: one chain of refresh tokens instead of one per tab, and no traffic at the server.
 */
export type Message =
  | { readonly kind: 'ask' }
  | { readonly kind: 'in'; readonly tokens: Tokens }
  | { readonly kind: 'out'; readonly version: number; readonly expired: boolean }

export interface Tabs {
  post(message: Message): void
  /**
   * The version (`obtainedAtMs`) of the newest tokens that any tab has, null when nobody is signed in, 0 when this
   * browser keeps no mark. No secret: it says when, not who.
   */
  mark(): number | null
  setMark(version: number | null): void
}

/**
 * @param hear a message from another tab
 * @param remarked the mark has changed and no message says it: another tab signed out, or there is no channel
 */
export function openTabs(
  { name, closed }: Settings,
  hear: (message: Message) => void,
  remarked: () => void,
): Tabs {
  const channel = 'BroadcastChannel' in globalThis && !closed.aborted ? new BroadcastChannel(name) : undefined
  if (channel) channel.onmessage = (event) => hear(event.data)
  closed.addEventListener('abort', () => channel?.close())
  const onStorage = ({ key, newValue }: StorageEvent) => {
    // `key` is null when everything was cleared.
    if ((key ?? name) === name && !(channel && newValue)) remarked()
  }
  addEventListener('storage', onStorage, { signal: closed })
  return {
    post: (message) => channel?.postMessage(message),
    mark() {
      try {
        const text = localStorage.getItem(name)
        return text === null ? null : Number(text)
      } catch {
        return 0
      }
    },
    setMark(version) {
      try {
        if (version) localStorage.setItem(name, String(version))
        else localStorage.removeItem(name)
      } catch {
        // Storage is switched off: tabs opened later will have to ask the server.
      }
    },
  }
}

// A tab may have been put to sleep with the lock in its hands; a page that waits longer is of no use to anyone.
const patienceMs = 30_000

/**
 * Runs one at a time among all tabs (Web Locks); `waited` says that another tab ran just before. Without Web Locks
 * (plain http, browsers before 2022) it simply runs: the server's grace then gives two tabs the same tokens.
 */
export async function alone(name: string, run: (waited: boolean) => Promise<void>): Promise<void> {
  const { locks } = navigator
  if (!locks) return run(false)
  let began = false
  const begin = (waited: boolean) => {
    began = true
    return run(waited)
  }
  await locks.request(name, { ifAvailable: true }, (lock) => lock && begin(false))
  if (began) return
  const signal = AbortSignal.timeout(patienceMs)
  await locks
    .request(name, { signal }, () => begin(true))
    .catch((error) => {
      if (began) throw error
      return run(true)
    })
}
