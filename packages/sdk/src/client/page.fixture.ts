// What a page gives its scripts, as far as the client asks for it, so that its parts run under node:test. Web Locks,
// BroadcastChannel, fetch, Web Crypto and the URL parser are Node's own; two clients at once are two tabs.
import { setMaxListeners } from 'node:events'

class MemoryStorage implements Storage {
  readonly #items = new Map<string, string>()
  get length(): number {
    return this.#items.size
  }
  key = (index: number): string | null => [...this.#items.keys()][index] ?? null
  getItem = (key: string): string | null => this.#items.get(key) ?? null
  setItem = (key: string, value: string): void => void this.#items.set(key, String(value))
  removeItem = (key: string): void => void this.#items.delete(key)
  clear = (): void => this.#items.clear()
}

export interface Page {
  /** Where the script sent the browser, newest last. */
  readonly left: string[]
  /** Loads another address in the same tab: the storages stay. */
  load(href: string): void
  readonly href: string
  readonly localStorage: Storage
  readonly sessionStorage: Storage
  /** Window events: `storage`, `pageshow`, `online`. */
  fire(event: Event): void
  close(): void
}

/** Puts a page's globals in place until `close()`. */
export function openPage(href: string): Page {
  const tab = { url: new URL(href), left: [] as string[] }
  const windowEvents = new EventTarget()
  const globals = globalsOf(tab, windowEvents)
  const before = Object.entries(globals).map(([name, value]) => {
    const descriptor = Object.getOwnPropertyDescriptor(globalThis, name)
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
    return [name, descriptor] as const
  })
  return {
    left: tab.left,
    load(to) {
      tab.url = new URL(to)
    },
    get href() {
      return tab.url.href
    },
    localStorage: globals.localStorage,
    sessionStorage: globals.sessionStorage,
    fire: (event) => void windowEvents.dispatchEvent(event),
    close() {
      for (const [name, descriptor] of before) {
        if (descriptor) Object.defineProperty(globalThis, name, descriptor)
        else Reflect.deleteProperty(globalThis, name)
      }
    },
  }
}

function globalsOf(tab: { url: URL; readonly left: string[] }, windowEvents: EventTarget) {
  const documentEvents = new EventTarget()
  // Many tabs share them here.
  setMaxListeners(100, windowEvents, documentEvents)
  return {
    location: {
      get href() {
        return tab.url.href
      },
      get origin() {
        return tab.url.origin
      },
      assign: (to: string) => void tab.left.push(to),
    },
    history: {
      state: null,
      replaceState: (_state: unknown, _title: string, to: string) => {
        const next = new URL(to, tab.url)
        if (next.origin !== tab.url.origin) throw new DOMException('Another origin.', 'SecurityError')
        tab.url = next
      },
    },
    document: {
      get baseURI(): string {
        return tab.url.href
      },
      addEventListener: documentEvents.addEventListener.bind(documentEvents),
    },
    localStorage: new MemoryStorage(),
    sessionStorage: new MemoryStorage(),
    parent: globalThis,
    window: globalThis,
    PopStateEvent: Event,
    addEventListener: windowEvents.addEventListener.bind(windowEvents),
    removeEventListener: windowEvents.removeEventListener.bind(windowEvents),
    dispatchEvent: windowEvents.dispatchEvent.bind(windowEvents),
  }
}
