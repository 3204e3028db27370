// An access token that is kept here, as somebody shows it: looked up, and its use written down, so that a person sees among
// their devices what is in use and what lies about.
import { digest } from '@countersign/protocol'
import { touchSession } from '../../accounts/sessions/sessions.store.ts'
import type { Platform } from '../../platform/platform.ts'
import { accessTokenByDigest, type KeptToken, type StoredToken } from './access-tokens.store.ts'

/** Seconds that a use is not written down after another one was. */
const touchSeconds = 300

/**
 * The opaque or encrypted access token behind a text, or the key; null when it is unknown, expired, revoked or its family is
 * not good. One read. That it was used is written down beside, now and then, and nobody waits for that.
 */
export async function keptToken(
  platform: Pick<Platform, 'database' | 'runtime' | 'secondFactor' | 'log'>,
  text: string,
): Promise<StoredToken | null> {
  const kept = await accessTokenByDigest(platform, digest(text))
  if (kept === undefined) return null
  noteUse(platform, kept)
  return kept
}

function noteUse(
  { database, runtime, log }: Pick<Platform, 'database' | 'runtime' | 'log'>,
  { live, seenAt }: KeptToken,
): void {
  const now = runtime.now()
  if (live === null || seenAt === null || now - seenAt < touchSeconds) return
  const { sessionId } = live.family
  // That a use can't be written down is no reason to refuse it.
  database.commit([touchSession(database, now, sessionId)]).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : 'unknown'
    log.warn({ sessionId, reason }, 'the use of a token was not written down')
  })
}
