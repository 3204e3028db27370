// What every part of an import works with, and what each record is turned into before anything is written.
import { isRoleName } from '../../access/roles.store.ts'
import type { Passwords } from '../../accounts/credentials/passwords.ts'
import { roleOfAdministrators } from '../../accounts/sessions/session.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Leniency } from './decide.ts'
import { conflict, leftBehind, type Tally } from './report.ts'

/** From where, and how. */
export interface ImportOptions extends Leniency {
  /** Where the people come from, such as `django` or `django:shop` (see source-name): part of who was brought already. */
  readonly source: string
  /** Under which names programs hold people's numbers: see numbers.store. None where ids are no numbers. */
  readonly numbers: readonly string[]
  /** Whether people keep the ids that they had: only another server of this kind has such. */
  readonly keepsIds: boolean
  /** The API that keys are for: see `profiles/drf-token`. */
  readonly keyResource: string | null
  /** The domain that passkeys were made for, where their system doesn’t say; null where nobody does. */
  readonly rpId: string | null
  /** Whether APIs and clients may have their tokens encrypted here. */
  readonly encryptedTokens: boolean
  /** False to only say what would happen. */
  readonly apply: boolean
  /** Told after each batch how many records were read so far, and how many of them are people. */
  readonly progress?: (read: number, people: number) => void
}

/** An import on its way. */
export interface World {
  readonly platform: Platform
  readonly passwords: Pick<Passwords, 'adopt'>
  readonly options: ImportOptions
  /** Names of roles that exist, or will with this commit. */
  readonly roles: Set<string>
  /** What each role was called there: the roles of two names that fall together here. */
  readonly origins: Map<string, Set<string>>
  /** Ids, names and accounts elsewhere that were given away and can't be found here yet: two of one file may want the same. */
  readonly claimed: Set<string>
  /** Ids under which somebody else was brought before: what is said to be theirs is not that person’s. */
  readonly strangers: Set<string>
}

/** What becomes of a record. */
export interface Plan {
  readonly writes: WriteSet
  /** Called once the writes are committed. */
  readonly tally: Tally
}

/** Nothing is to be done. */
export const nothing: Plan = { writes: [], tally: () => {} }

/** The role that a name stands for, null where nothing is left of it; `tally` says where two names become one. */
export function roleFor(
  { origins }: World,
  given: string,
): { readonly name: string | null; readonly tally: Tally } {
  const name = roleNameOf(given)
  if (name === null) return { name, tally: leftBehind('roles whose names can’t be used here') }
  const known = origins.get(name)
  if (known === undefined) origins.set(name, new Set([given]))
  if (known === undefined || known.has(given)) return { name, tally: () => {} }
  known.add(given)
  return { name, tally: conflict(given, 'is one role here with another: whoever has one has both') }
}

/**
 * A group's name as the name of a role; null where nothing of it is left. INVARIANT: nobody becomes an administrator of this
 * server by a name of which more was left out than its signs: `非admin` says that somebody is none.
 */
export function roleNameOf(text: string): string | null {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9._:-]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 64)
  if (name === roleOfAdministrators && text.toLowerCase().replace(/[^\p{L}\p{M}\p{N}]+/gu, '') !== name)
    return null
  return isRoleName(name) ? name : null
}
