// Which web origins are those of clients: scripts there may call the token endpoint (C35).
import { originOf } from '@countersign/protocol'
import type { Platform } from '../../platform/platform.ts'
import { allRedirectUris } from './clients.store.ts'

/** Seconds that an origin may outlive its client. */
const staleSeconds = 5

/**
 * A function that tells whether an origin belongs to a redirect URI of a living client. New clients count at once to
 * the second; the table is read at most once a second, whatever is asked.
 */
export function clientOrigins(
  platform: Pick<Platform, 'database' | 'runtime'>,
): (origin: string) => Promise<boolean> {
  let origins: ReadonlySet<string> = new Set()
  let readAt = Number.NEGATIVE_INFINITY
  return async (origin) => {
    const age = platform.runtime.now() - readAt
    if (age >= staleSeconds || (age > 0 && !origins.has(origin))) {
      readAt = platform.runtime.now()
      const uris = await allRedirectUris(platform.database)
      origins = new Set(uris.map(originOf).filter((known) => known !== null))
    }
    return origins.has(origin)
  }
}
