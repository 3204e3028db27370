// Refresh tokens of the profile as they are kept: by the digest of their text, whichever of its spellings comes.
import { digest } from '@countersign/protocol'
import { type PresentedRefreshToken, refreshTokenByDigest } from '../../oauth/tokens/refresh-tokens.store.ts'
import type { SimpleJwtRoom } from './room.ts'
import { spellingsOf } from './spellings.ts'

/** A token that is kept. */
export interface KeptToken {
  /** The text that it was given as: its successor is sealed under that. */
  readonly text: string
  readonly found: PresentedRefreshToken
}

/** What a text is here; undefined when it is unknown, or its family is not good. */
export async function keptAs(
  platform: SimpleJwtRoom['platform'],
  presented: string,
): Promise<KeptToken | undefined> {
  for (const text of spellingsOf(presented)) {
    const found = await refreshTokenByDigest(platform, digest(text))
    if (found !== undefined) return { text, found }
  }
  return undefined
}
