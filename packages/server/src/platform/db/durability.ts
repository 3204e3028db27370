// Whether what is committed survives a power cut, asked of the engine itself.
import type { Database } from './database.ts'

/** Whether what is committed survives a power cut. */
export interface Durability {
  readonly durable: boolean
  /** The engine's own setting, as `synchronous=2`. */
  readonly setting: string
}

/** Asks the database how durable its commits are. */
export async function durabilityOf(database: Database): Promise<Durability> {
  if (database.dialect === 'sqlite') {
    const [row] = await database.read('pragma synchronous', [])
    const level = Number(row?.['synchronous'])
    return level >= 2
      ? { durable: true, setting: 'WAL, synchronous=FULL' }
      : { durable: false, setting: 'synchronous is below FULL' }
  }
  const [row] = await database.read("select current_setting('synchronous_commit') as value", [])
  const value = String(row?.['value'])
  return { durable: value !== 'off', setting: `synchronous_commit ${value}` }
}
