// Renewal in time and by one tab only, and the question at the start: is someone signed in?
import { silently } from './direct.ts'
import { asAuthError, isOver } from './errors.ts'
import type { Events } from './events.ts'
import type { Held } from './held.ts'
import type { Settings } from './settings.ts'
import { alone } from './tabs.ts'
import type { Keeper, Tokens } from './types.ts'
import { insist } from './wire.ts'

export interface Renewal {
  /** Tokens that live for a moment longer, renewed if need be; undefined when nobody is signed in. */
  fresh(): Promise<Tokens | undefined>
  /**
   * Replaces these tokens, unless that has happened already. When the server says that the sign-in is over, nobody is
   * signed in afterwards. @throws AuthError when it could not be asked; everybody is signed in as before
   */
  renew(stale: Tokens): Promise<void>
}

export function keepFresh(settings: Settings, keeper: Keeper, events: Events, held: Held): Renewal {
  let renewing: Promise<void> | undefined
  const alarm = createAlarm(settings.closed, () => {
    const tokens = held.now()
    if (tokens) void renew(tokens).catch(() => {})
  })
  const renew = (stale: Tokens) => {
    renewing ??= alone(lockOf(settings), (waited) => renewOnce(settings, keeper, held, stale, waited))
      .catch((cause) => {
        if (held.now() !== stale) return
        // A tab that slept through renewals has lost its own tokens, not those of the tab that made them.
        if (isOver(cause)) return held.drop(true, !held.outdated(stale))
        alarm.retry()
        const error = asAuthError(cause)
        events.emit('error', error)
        throw error
      })
      .finally(() => {
        renewing = undefined
      })
    return renewing
  }
  events.on('token', () => {
    const tokens = held.now()
    if (!tokens) return
    const { obtainedAtMs, expiresAtMs } = tokens
    // At 80 % ± 5 % of the lifetime: tabs and machines that signed in together drift apart.
    const share = keeper.mayRenew(tokens) ? 0.75 + Math.random() / 10 : 1
    alarm.set(obtainedAtMs + (expiresAtMs - obtainedAtMs) * share)
  })
  events.on('logout', () => alarm.set(undefined))
  return {
    renew,
    async fresh() {
      const tokens = held.now()
      if (!tokens || !aboutToExpire(tokens)) return tokens
      await renew(tokens).catch((error) => {
        if (tokens.expiresAtMs < Date.now()) throw error
      })
      return held.now()
    },
  }
}

/** One lock for renewals and for the question at the start: both end in new tokens for every tab. */
const lockOf = ({ name }: Settings): string => `${name} renewal`

const longestTimeoutMs = 2 ** 31 - 1

function createAlarm(closed: AbortSignal, ring: () => void) {
  let timer: ReturnType<typeof setTimeout> | undefined
  let dueMs: number | undefined
  let failures = 0
  const wind = () => {
    clearTimeout(timer)
    if (dueMs === undefined || closed.aborted) return
    timer = setTimeout(ring, Math.min(Math.max(dueMs - Date.now(), 0), longestTimeoutMs))
  }
  // Timers stand still while a machine sleeps, and a failed try is worth repeating as soon as the network is back.
  const wake = () => {
    if (failures) dueMs = 0
    wind()
  }
  addEventListener('online', wake, { signal: closed })
  document.addEventListener('visibilitychange', wake, { signal: closed })
  closed.addEventListener('abort', wind)
  return {
    set(at: number | undefined): void {
      failures = 0
      dueMs = at
      wind()
    },
    /** After a failure: in 5 s, then ever more slowly. */
    retry(): void {
      dueMs = Date.now() + Math.min(300, 5 * 2 ** failures++) * 1000
      wind()
    },
  }
}

// A request takes a moment to arrive; short-lived tokens can't spare ten seconds.
const aboutToExpire = ({ obtainedAtMs, expiresAtMs }: Tokens): boolean =>
  expiresAtMs - Date.now() < Math.min(10_000, (expiresAtMs - obtainedAtMs) / 10)

async function renewOnce(
  settings: Settings,
  keeper: Keeper,
  held: Held,
  stale: Tokens,
  waited: boolean,
): Promise<void> {
  // Lock and channel are not ordered: what the other tab got may have come, or may still be on its way.
  if (held.now() === stale && (waited || held.outdated(stale))) await held.ask()
  if (held.now() !== stale) return
  const next =
    held.outdated(stale) && settings.silent
      ? await silently(settings)
      : await insist(() => keeper.renew(stale))
  // Signed out meanwhile: the server has ended these tokens too, with the family that they belong to.
  if (held.now() === stale) held.accept(next)
}

/** Looks in the store, then among the tabs, then at the server. Never rejects: without an answer nobody is signed in. */
export async function restore(settings: Settings, keeper: Keeper, events: Events, held: Held): Promise<void> {
  try {
    // Signed out in another tab while this one was closed; its sessionStorage came back with it.
    if (!held.marked() && settings.webStorage) await keeper.forget()
    const kept = await keeper.recall()
    if (kept) held.adopt(kept)
  } catch (cause) {
    events.emit('error', asAuthError(cause, 'storage_failed'))
  }
  const known = held.now()
  if (!held.marked() || (known && !aboutToExpire(known) && !held.outdated(known))) return
  await held.ask()
  if (held.now() || !settings.silent) return
  await alone(lockOf(settings), async (waited) => {
    if (waited && !held.now()) await held.ask()
    if (!held.now() && held.marked()) held.accept(await silently(settings))
  }).catch((error) => isOver(error) && held.unmark())
}
