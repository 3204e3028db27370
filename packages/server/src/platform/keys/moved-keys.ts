// Signing keys that move with a house to another machine, so that tokens from before are taken until they end.
import { importPrivateJwk, KeyError, privateJwk, publicJwk, thumbprint } from '@countersign/protocol'
import type { WriteSet } from '../db/database.ts'
import { event } from '../events/events.ts'
import type { Platform } from '../platform.ts'
import { lingerSeconds, signingAlgorithms } from './keyring.ts'
import { allKeys, insertMovedKey, type StoredKey } from './keys.store.ts'

/** A key in the clear. */
export interface MovedKey {
  /** The private key; its `kid` is its thumbprint (RFC 7638). */
  readonly jwk: Readonly<Record<string, unknown>>
  readonly createdAt: number
  readonly activeFrom: number
  readonly publishedUntil: number | null
}

type Shelf = Pick<Platform, 'database' | 'runtime' | 'vault'>

/** Every key that is published now or will be, with its private part: guard what it is written to. */
export async function revealKeys({ database, runtime, vault }: Shelf): Promise<MovedKey[]> {
  const now = runtime.now()
  return (await allKeys(database))
    .filter(({ publishedUntil }) => publishedUntil === null || publishedUntil > now)
    .map(({ kid, sealedPrivateJwk, createdAt, activeFrom, publishedUntil }) => ({
      jwk: privateJwk(
        importPrivateJwk(JSON.parse(vault.open(placeOf(kid), sealedPrivateJwk)) as MovedKey['jwk']),
      ),
      createdAt,
      activeFrom,
      publishedUntil,
    }))
}

/** What becomes of a key of another server: its writes, or why it is not taken. */
export type AdoptedKey =
  | { readonly ok: true; readonly kid: string; readonly writes: WriteSet }
  | { readonly ok: false; readonly because: 'here' | 'over' | 'unusable' }

/**
 * Takes in a key of another server. Where this one signs with a key of its own already, that one goes on signing: what
 * comes is then published alone, until no token of it can live. No kid is ever replaced.
 */
export async function adoptKey({ database, runtime, vault }: Shelf, key: MovedKey): Promise<AdoptedKey> {
  const now = runtime.now()
  if (key.publishedUntil !== null && key.publishedUntil <= now) return { ok: false, because: 'over' }
  const read = readKey(key)
  if (read === null) return { ok: false, because: 'unusable' }
  const { kid, alg } = read
  const here = await allKeys(database)
  if (here.some((one) => one.kid === kid)) return { ok: false, because: 'here' }
  const own = here.filter(
    (one) =>
      one.alg === alg && one.activeFrom <= now && (one.publishedUntil === null || one.publishedUntil > now),
  )
  const times =
    own.length === 0
      ? { activeFrom: key.activeFrom, publishedUntil: key.publishedUntil }
      : {
          activeFrom: Math.min(key.activeFrom, ...own.map((one) => one.activeFrom - 1)),
          publishedUntil: Math.min(key.publishedUntil ?? Number.POSITIVE_INFINITY, now + lingerSeconds),
        }
  const stored: StoredKey = {
    kid,
    alg,
    publicJwk: JSON.stringify(read.publicJwk),
    sealedPrivateJwk: vault.seal(placeOf(kid), JSON.stringify(read.privateJwk)),
    createdAt: Math.min(key.createdAt, now),
    ...times,
  }
  return {
    ok: true,
    kid,
    writes: [
      insertMovedKey(database, stored),
      event(database, runtime, { type: 'key.created', detail: { kid, alg, imported: true } }),
    ],
  }
}

/** Null for what is no key that this server could have made: of another kind, too weak, or under another name. */
function readKey({ jwk }: MovedKey) {
  const { kid, alg } = jwk
  if (typeof kid !== 'string' || !signingAlgorithms.some((name) => name === alg)) return null
  try {
    const signing = importPrivateJwk(jwk)
    const bare = publicJwk(signing)
    if (thumbprint(bare) !== kid || signing.alg !== alg) return null
    return { kid, alg: signing.alg, publicJwk: bare, privateJwk: privateJwk(signing) }
  } catch (error) {
    if (error instanceof KeyError) return null
    throw error
  }
}

function placeOf(kid: string): string {
  return `signing_keys/${kid}/private_jwk`
}
