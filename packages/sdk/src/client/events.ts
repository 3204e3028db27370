// Events with a memory: whoever listens late is told how things stand.
import type { SessionEvents } from './types.ts'

export type Listener<Name extends keyof SessionEvents> = (payload: SessionEvents[Name]) => void

// What each event makes untrue.
const ends: Partial<Record<keyof SessionEvents, readonly (keyof SessionEvents)[]>> = {
  login: ['logout', 'expired', 'error'],
  token: ['error'],
  logout: ['login', 'token'],
}

export interface Events {
  on<Name extends keyof SessionEvents>(name: Name, listener: Listener<Name>): () => void
  emit<Name extends keyof SessionEvents>(name: Name, payload: SessionEvents[Name]): void
}

/** Listeners run in microtasks of their own: one that throws is reported by the browser and stops no other. */
export function createEvents(): Events {
  type Entry = { readonly name: keyof SessionEvents; readonly listener: (payload: never) => void }
  const entries = new Set<Entry>()
  const latest = new Map<keyof SessionEvents, { readonly payload: unknown }>()
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
      for (const ended of ends[name] ?? []) latest.delete(ended)
      latest.set(name, said)
      for (const entry of entries) if (entry.name === name) tell(entry, said)
    },
  }
}
