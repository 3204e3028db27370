// What an engine (SQLite, PostgreSQL) offers the database room: read rows, apply write sets, run a migration.

/** One compiled SQL write. A write is a value: nothing happens until it is committed. */
export interface Write {
  readonly sql: string
  readonly parameters: readonly SqlValue[]
  /**
   * INVARIANT: when set, the write must change exactly one row, or its whole set is undone and this name is lost. It is
   * lost too when a unique index forbids the row: somebody else was first.
   */
  readonly exactlyOne?: string
  /** How many rows a guarded write must change where it is of several: see gathered.ts. */
  readonly rows?: number
  /**
   * A power cut may undo it: it only guards against haste (a limit charged, a session seen in use). A transaction of
   * nothing else is not waited for on the disk. It survives the death of the process all the same.
   */
  readonly mayBeLost?: true
}

/** Whether a batch must be on the disk before it is acknowledged. */
export function isDurable(sets: readonly (readonly Write[])[]): boolean {
  return sets.some((set) => set.some((write) => write.mayBeLost !== true))
}

/** What a parameter may be on both engines. */
export type SqlValue = string | number | null

/** What became of a write set: applied whole, or undone whole because the named guard was lost. */
export type Committed = { readonly ok: true } | { readonly ok: false; readonly lost: string }

/** A row as the driver gives it, by SQL's column names. */
export type Row = Record<string, unknown>

/** A batch's outcome for one write set; an error concerns this set alone. */
export type SetOutcome = Committed | { readonly error: Error }

/** One database, through one driver. */
export interface Engine {
  readonly dialect: 'sqlite' | 'postgres'
  /** Transactions that may be in flight at once. */
  readonly lanes: number
  /** Runs one read; rows are plain objects with SQL's column names. */
  read(sql: string, parameters: readonly SqlValue[]): Promise<Row[]>
  /**
   * Reads that all see the database as it stands now, whoever writes meanwhile: in a transaction of a connection of its own,
   * which no writer waits for. Until `work` ends the engine clears nothing away that those reads may see.
   */
  atOneMoment<T>(work: (read: Engine['read']) => Promise<T>): Promise<T>
  /** Applies all sets in ONE transaction, each in its own savepoint. Rejects only when the transaction itself failed. */
  apply(sets: readonly (readonly Write[])[]): Promise<SetOutcome[]>
  /** Whether a transaction failed because another one was in the way: the same may succeed when tried again. */
  isContention(error: unknown): boolean
  /** Runs `work` under the migration lock, in one transaction. */
  migrate(
    work: (run: (sql: string, parameters?: readonly SqlValue[]) => Promise<Row[]>) => Promise<void>,
  ): Promise<void>
  close(): Promise<void>
}

/** The database can't be reached or can't write now; nothing was applied as far as we know. The edge answers 503. */
export class StorageUnavailable extends Error {
  override readonly name = 'StorageUnavailable'
}
