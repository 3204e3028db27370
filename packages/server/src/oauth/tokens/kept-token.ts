// An access token that is kept here, as somebody shows it: looked up, and its use written down, so that a person sees among
// their devices what is in use and what lies about, and so that a token lives on that was given out to live by its use.
import { digest } from '@countersign/protocol'
import { touchSession } from '../../accounts/sessions/sessions.store.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import type { Platform } from '../../platform/platform.ts'
import { noteBeside } from '../../platform/unawaited.ts'
import { accessTokenByDigest, type KeptToken, prolongToken, type StoredToken } from './access-tokens.store.ts'
import { prolongFamily } from './families.store.ts'

/** Seconds that a use is not written down after another one was. */
const touchSeconds = 300
/** A token is not prolonged again for this part of how long a use lets it live. */
const prolongedPart = 1 / 12

type Noting = Pick<Platform, 'database' | 'runtime' | 'log'>

/**
 * The opaque or encrypted access token behind a text, or the key; null when it is unknown, expired, revoked or its family is
 * not good. One read. That it was used is written down beside, now and then, and nobody waits for that.
 */
export async function keptToken(
  platform: Noting & Pick<Platform, 'secondFactor'>,
  text: string,
): Promise<StoredToken | null> {
  const kept = await accessTokenByDigest(platform, digest(text))
  if (kept === undefined) return null
  noteUse(platform, kept)
  return kept
}

function noteUse(platform: Noting, kept: KeptToken): void {
  const { live, seenAt } = kept
  if (live === null || seenAt === null) return
  const { database, runtime } = platform
  const now = runtime.now()
  const { sessionId } = live.family
  const prolonged = prolonging(platform, kept, now)
  if (prolonged === null && now - seenAt < touchSeconds) return
  noteBeside(platform, [prolonged, touchSession(database, now, sessionId)], { sessionId }, 'a token')
}

/** What lets a token of its kind live on that is used now; null where that was written down a moment ago. */
function prolonging(
  { database }: Noting,
  { digest: tokenDigest, claims, live, sliding }: KeptToken,
  now: number,
): WriteSet | null {
  if (live === null || sliding === null) return null
  const { idleSeconds, atLatest } = sliding
  const until = Math.min(now + idleSeconds, atLatest)
  const lastUse = claims.exp - idleSeconds
  if (until <= claims.exp || now - lastUse < idleSeconds * prolongedPart) return null
  return [prolongToken(database, tokenDigest, now, until), prolongFamily(database, live.family.id, until)]
}
