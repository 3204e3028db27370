// Events with a memory: whoever listens late is told how things stand.
import type { SessionEvents } from './types.ts'

export type Listener<Name extends keyof Known, Known = SessionEvents> = (payload: Known[Name]) => void

// What each event makes untrue.
const ends: Partial<Record<keyof SessionEvents, readonly (keyof SessionEvents)[]>> = {
  login: ['logout', 'expired', 'error'],
  token: ['error'],
  logout: ['login', 'token'],
}

export interface Events<Known = SessionEvents> {
  on<Name extends keyof Known>(name: Name, listener: Listener<Name, Known>): () => void
  emit<Name extends keyof Known>(name: Name, payload: Known[Name]): void
}

/** Listeners run in microtasks of their own: one that throws is reported by the browser and stops no other. */
export function createEvents<Known = SessionEvents>(): Events<Known> {
  type Entry = { readonly name: keyof Known; readonly listener: (payload: never) => void }
  const entries = new Set<Entry>()
  const latest = new Map<keyof Known, { readonly payload: unknown }>()
  const tell = (entry: Entry, said: { readonly payload: unknown }) =>
    queueMicrotask(() => entries.has(entry) && entry.listener(said.payload as never))
  return {
    on(name, listener) {
      const entry: Entry = { name, listener }
      entries.add(entry)
      const said = latest.get(name)
      if (said) tell(entry, said)
      return () => entries.delete(entry)
    },
    emit(name, payload) {
      const said = { payload }
      for (const ended of ends[name as keyof SessionEvents] ?? []) latest.delete(ended as keyof Known)
      latest.set(name, said)
      for (const entry of entries) if (entry.name === name) tell(entry, said)
    },
  }
}
