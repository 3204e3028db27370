// Secrets of clients that were brought from another system, which kept no more of each than a hash of its own: Django's,
// or bcrypt. Trying one costs up to a second of a core, so it runs on the slots of passwords, behind limits, and once for
// all who bring the same secret at once; the first right one is replaced by our digest, which costs nothing (C26).
import { type ClientCredentials, digest, OAuthError } from '@countersign/protocol'
import { judgeHash } from '../../accounts/credentials/hashes/hashes.ts'
import type { Passwords } from '../../accounts/credentials/passwords.ts'
import { event } from '../../platform/events/events.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import { reserveAll } from '../../platform/limits/limits.ts'
import { networksOf } from '../../platform/limits/network.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Client } from './client.ts'
import { exchangeSecret } from './clients.store.ts'

/** Stands before a sealed hash where a client's digest belongs. No digest begins so. */
const mark = '~'

/** Tries that cost a hash, from one network and for one client, regained within a minute. */
const tries = {
  network: { burst: 10, seconds: 60 },
  client: { burst: 20, seconds: 60 },
}

/** What is kept in the place of a digest; null where the hash is none that we can try, costs too much, or is broken. */
export function keepBroughtSecret({ vault }: Pick<Platform, 'vault'>, clientId: string, hash: string) {
  const judged = judgeHash(hash)
  if (!judged.ok || judged.isBroken) return null
  return `${mark}${vault.seal(placeOf(clientId), hash)}`
}

/** The hash of a client whose secret nobody has shown here yet; null for every other client. */
export function broughtSecretOf(
  { vault }: Pick<Platform, 'vault'>,
  { id, secretDigest }: Pick<Client, 'id' | 'secretDigest'>,
): string | null {
  return secretDigest?.startsWith(mark) ? vault.open(placeOf(id), secretDigest.slice(mark.length)) : null
}

/** Tries under way, and secrets that were wrong a moment ago: by client, hash and secret. */
const underway = new Map<string, Promise<boolean>>()
const wrong = new Set<string>()
const mostWrong = 1000

/**
 * Whether a client that was brought shows its secret for the first time. If so its digest is stored: who asks has to look
 * at the client again, for what is there now decides, be it a secret that somebody gave it meanwhile.
 *
 * @throws OAuthError `invalid_client` 429 where too many were tried; Busy when no slot becomes free in time
 */
export async function adoptsSecret(
  { platform, passwords }: { readonly platform: Platform; readonly passwords: Passwords },
  { peer }: Pick<Incoming, 'peer'>,
  client: Client,
  credentials: ClientCredentials,
): Promise<boolean> {
  const hash = broughtSecretOf(platform, client)
  if (hash === null || !('secret' in credentials) || client.disabledAt !== null) return false
  const { secret } = credentials
  const name = digest(`${client.id} ${client.secretDigest} ${secret}`)
  if (wrong.has(name)) return false
  const trying = underway.get(name) ?? tryOnce({ platform, passwords, peer, client, hash, secret })
  underway.set(name, trying)
  const isRight = await trying.finally(() => underway.delete(name))
  if (!isRight) {
    if (wrong.size >= mostWrong) wrong.clear()
    wrong.add(name)
  }
  return isRight
}

async function tryOnce(attempt: {
  readonly platform: Platform
  readonly passwords: Passwords
  readonly peer: string
  readonly client: Client
  readonly hash: string
  readonly secret: string
}): Promise<boolean> {
  const { platform, passwords, peer, client, hash, secret } = attempt
  const { database, runtime } = platform
  const reserved = await reserveAll(platform, [
    { bucket: `client secrets/${networksOf(peer).near}`, policy: tries.network },
    { bucket: `client secrets of/${client.id}`, policy: tries.client },
  ])
  if (!reserved.ok) {
    throw new OAuthError('invalid_client', {
      status: 429,
      description: 'Too many failed attempts. Try again later.',
      headers: { 'retry-after': String(reserved.retryAfter) },
    })
  }
  if (!(await passwords.verifies(hash, secret))) return false
  // Lost where its secret was replaced meanwhile, by this very step of another server or by somebody: either will do.
  await database.commit([
    exchangeSecret(database, client.id, client.secretDigest ?? '', digest(secret)),
    event(database, runtime, {
      type: 'client.updated',
      clientId: client.id,
      detail: { changed: ['secret'], imported: true },
    }),
  ])
  return true
}

function placeOf(clientId: string): string {
  return `clients/${clientId}/secret_digest`
}
