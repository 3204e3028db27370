// An access token that is kept here, as somebody shows it: looked up, and its use written down, so that a person sees among
// their devices what is in use and what lies about.
import { digest } from '@countersign/protocol'
import { touchSession } from '../../accounts/sessions/sessions.store.ts'
import type { Platform } from '../../platform/platform.ts'
import { noteBeside } from '../../platform/unawaited.ts'
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
  platform: Pick<Platform, 'database' | 'runtime' | 'log'>,
  { live, seenAt }: KeptToken,
): void {
  const now = platform.runtime.now()
  if (live === null || seenAt === null || now - seenAt < touchSeconds) return
  const { sessionId } = live.family
  noteBeside(platform, [touchSession(platform.database, now, sessionId)], { sessionId }, 'a token')
}
