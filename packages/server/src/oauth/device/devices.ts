// The applications that are signed in to a person's account by themselves: on devices, those too that have not fetched
// their tokens yet, and in programs that speak another wire.
import type { SignedInApplication } from '../../accounts/sessions.page.ts'
import type { Platform } from '../../platform/platform.ts'
import { polledFor, unfetchedIn } from '../polling/polled.store.ts'
import { type DeviceRow, newestHeld } from './devices.store.ts'

/** Sessions of one application that are told of one by one. */
const most = 5

const unfetched = polledFor.map(unfetchedIn)

/** Every application that has access to a person's account by itself or may fetch it, the last used first. */
export async function devicesOf(
  { database, runtime }: Pick<Platform, 'database' | 'runtime'>,
  userId: string,
): Promise<SignedInApplication[]> {
  const of = { user: userId, now: runtime.now() }
  const [newest, ...waiting] = await Promise.all([
    newestHeld(database, { ...of, most }),
    ...unfetched.map((one) => one.all(database, of)),
  ])
  const allowed = waiting.flat().map(
    (row): DeviceRow => ({
      session_id: row.session_id ?? '',
      client_id: row.client_id,
      name: row.name,
      user_agent: row.user_agent,
      peer: row.peer,
      since: row.decided_at ?? of.now,
      used: row.decided_at ?? of.now,
      held: 1,
    }),
  )
  const rows = [...allowed, ...newest].sort((one, other) => other.used - one.used)
  return [...Map.groupBy(rows, (row) => row.client_id).values()].flatMap((several) =>
    together(several, allowed),
  )
}

function together(several: readonly DeviceRow[], allowed: readonly DeviceRow[]): SignedInApplication[] {
  const [first] = several
  if (first === undefined) return []
  const waiting = several.filter((row) => allowed.includes(row)).length
  const held = several.find((row) => !allowed.includes(row))?.held ?? 0
  return [
    {
      clientId: first.client_id,
      name: first.name,
      count: waiting + held,
      newest: several.slice(0, most).map((row) => ({
        id: row.session_id,
        userAgent: row.user_agent === '' ? null : row.user_agent,
        peer: row.peer === '' ? null : row.peer,
        allowedAt: row.since,
        lastUsedAt: row.used,
      })),
    },
  ]
}
