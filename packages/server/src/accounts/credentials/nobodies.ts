// Whose password is tried where a name is nobody's: that of somebody like those who are here. People who were brought and
// have not signed in yet have hashes that are slower than ours; if only they were slow, a slow refusal would say that a
// name is somebody's. So as large a part of the names that nobody has is slow as of those that somebody has (PW-09).
import type { Database } from '../../platform/db/database.ts'
import type { Vault } from '../../platform/keys/vault.ts'
import { canonicalIdentifier } from '../users/identifiers.ts'
import { type HashKind, hashKinds } from './passwords.store.ts'

/** Names that nobody has, and what is tried in their stead. */
export interface Nobodies {
  /** A hash of nobody for this name, the same each time; null for one of ours. */
  likenessFor(name: string): string | null
  /** Counts again who has which hash. */
  refresh(): Promise<void>
}

/** Those of one process; they count nobody before the first `refresh`. */
export function nobodiesOf({
  database,
  vault,
}: {
  readonly database: Database
  readonly vault: Vault
}): Nobodies {
  let kinds: readonly HashKind[] = []
  return {
    likenessFor: (name) => (kinds.length === 0 ? null : among(kinds, place(vault, name))),
    refresh: async () => {
      kinds = await hashKinds(database)
    },
  }
}

/** Where a name stands between 0 and 1: always in the same place, and nobody else can tell where. */
function place(vault: Vault, name: string): number {
  const canonical = canonicalIdentifier(name)?.value ?? name.slice(0, 1024)
  return Buffer.from(vault.mac('nobody of this name', canonical), 'base64url').readUIntBE(0, 6) / 2 ** 48
}

/** The first kinds of the line are the slow ones, so that a name becomes quick as people do, and never slow again. */
function among(kinds: readonly HashKind[], at: number): string | null {
  let upTo = 0
  for (const { likeness, share } of kinds) {
    upTo += share
    if (at < upTo) return likeness
  }
  return null
}
