// What a reader of another system's people is: an address or a file in, people and what belongs to them out.
import type { Found } from '../records.ts'

/** Told how far a reader is. */
export interface Gauge {
  /**
   * Before the first of them: so much is to come of what is counted, in the plural: `people`; or of `bytes`, which may be
   * followed by what happens to them: `bytes checked`. Told again, the next part begins.
   */
  readonly expects: (whole: number, of: string) => void
  /** So much of that was gone through, also by those who are left out. */
  readonly passed: (done: number) => void
}

/** Where to read, and what only an operator knows. */
export interface SourceInput {
  /** The address of a database, or the path of an export. */
  readonly from: string
  /** Standard input, which `-` stands for; left out where there is none. */
  readonly piped?: AsyncIterable<Buffer | string> | undefined
  /** Options of this source by name, as the command line has them. */
  readonly options: Readonly<Record<string, string | undefined>>
  /** Only what changed at this moment or after, in seconds since the epoch; null for everything. */
  readonly since: number | null
  /** In seconds since the epoch. */
  readonly now: number
  /** Every source tells it; nobody has to listen. */
  readonly gauge?: Gauge
}

/** A system that people come from. */
export interface Source {
  /** For people, such as `Django`. */
  readonly title: string
  /** What `from` may be, in people's words. */
  readonly reads: string
  /** Options beyond those that all sources share, with what each is for. */
  readonly options: Readonly<Record<string, string>>
  /** Under which names programs hold the numbers that people had there. */
  readonly numbers: readonly string[]
  /** Whether people keep the ids that they had. */
  readonly keepsIds?: true
  /** What an operator has to know before anything is taken in. */
  readonly warning?: string
  /**
   * Everything that there is to bring.
   * @throws ForeignUnreadable
   */
  read(input: SourceInput): AsyncIterable<Found>
}

/** Said where `since` was given and little is known of changes. */
export const tellsLittle =
  'When people joined and signed in is written there, and not when something of theirs was changed: read them once more without --since at the end.'

/** Said where `since` was given and nothing is known of changes. */
export const tellsNoChanges =
  'When people changed is not written there: everybody is read, and who is as before stays as before.'
