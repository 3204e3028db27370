// A key of Django REST framework that is brought: it goes on working, kept by digest, and is listed and ended as those
// that were given out here. A key is brought once: one that was ended here stays ended.
import { digest } from '@countersign/protocol'
import { byPassword } from '../../accounts/sessions/session.ts'
import { openProgramSession } from '../../accounts/sessions/sessions.ts'
import { movedById, rememberMoved } from '../../accounts/users/moved.store.ts'
import { userById } from '../../accounts/users/users.store.ts'
import type { Family } from '../../oauth/authorization.ts'
import { insertFamily } from '../../oauth/tokens/families.store.ts'
import { event } from '../../platform/events/events.ts'
import { drfToken } from '../../profiles/drf-token/key.ts'
import { endless } from '../../profiles/enter.ts'
import { keepToken } from '../../profiles/opaque-token.ts'
import { ensureProfileClients } from '../../profiles/profile-client.ts'
import type { MovedRecord } from './records.ts'
import { counted, leftBehind } from './report.ts'
import { nothing, type Plan, type World } from './world.ts'

type MovedKey = Extract<MovedRecord, { kind: 'drf-key' }>

/** Nobody arrives: the key's own requests come later. */
const fromNowhere = { headers: { get: () => undefined }, peer: '' }

/** Decides what becomes of a key. */
export async function planKey(
  { platform, options, claimed, strangers }: World,
  { userId: foreignId, key, createdAt }: MovedKey,
): Promise<Plan> {
  const { database, runtime } = platform
  const { source, apply, keyResource } = options
  const keyDigest = typeof key === 'string' ? digest(key) : key.value
  const keySource = `${source} key`
  if ((await movedById(database, keySource, keyDigest)) !== null) return nothing
  const going: Plan = { writes: [], tally: counted('keys') }
  const owner = strangers.has(foreignId) ? null : await movedById(database, source, foreignId)
  if (owner === null && !apply && claimed.has(`p ${foreignId}`)) return going
  const user = owner === null ? null : await userById(database, owner.userId)
  if (user === null) return { writes: [], tally: leftBehind('API keys of people who are not here') }
  if (user.disabledAt !== null)
    return { writes: [], tally: leftBehind('API keys of people who are disabled') }
  if (!apply) return going

  await ensureProfileClients(platform, [drfToken])
  const now = runtime.now()
  const opened = openProgramSession(platform, fromNowhere, {
    userId: user.id,
    authentication: byPassword,
    clientId: drfToken.id,
    seconds: endless,
    brought: true,
  })
  const { id: sessionId, acr, amr } = opened.session
  // Unknown is long ago: what is brought must not pass for a password that was typed just now (SE-09).
  const authenticatedAt = Math.min(createdAt ?? 0, now)
  const family: Family = {
    id: runtime.id('fam'),
    clientId: drfToken.id,
    userId: user.id,
    sessionId,
    granted: { scope: [], resources: [], authenticatedAt, acr, amr },
    createdAt: now,
    expiresAt: now + endless,
  }
  return {
    ...going,
    writes: [
      opened.writes,
      insertFamily(database, family),
      await keepToken(platform, { digest: keyDigest, user, family, audience: keyResource, seconds: endless }),
      rememberMoved(database, keySource, keyDigest, {
        userId: user.id,
        digest: keyDigest,
        passwordDigest: null,
        movedAt: now,
      }),
      event(database, runtime, { type: 'user.updated', userId: user.id, detail: { imported: true } }),
    ],
  }
}
