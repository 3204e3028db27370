// Several server processes on one database, and people who are known to all of them.
import { describe } from 'node:test'
import {
  type Engine,
  type Installation,
  type InstallationOptions,
  openInstallation,
  type Running,
} from '../harness/installation.ts'
import type { Person } from '../harness/person.ts'
import { type Inhabitant, populate } from '../harness/population.ts'
import { postgresSkip } from '../harness/postgres.ts'
import { browserAt, signIn } from '../harness/wire.ts'

export interface Fleet extends AsyncDisposable {
  readonly installation: Installation
  readonly servers: readonly Running[]
  /** The addresses of the processes; the i-th of however many are asked for, in turn. */
  readonly origin: (at: number) => string
  readonly people: readonly Inhabitant[]
  /** Somebody's new browser in which they are signed in, by way of the first process. */
  readonly signedIn: (somebody: Inhabitant) => Promise<Person>
}

export interface FleetOptions extends InstallationOptions {
  readonly processes: number
  readonly people: number
  readonly clients?: Parameters<typeof populate>[2]
}

export async function openFleet({ processes, people, clients, ...options }: FleetOptions): Promise<Fleet> {
  const installation = await openInstallation(options)
  try {
    const known = await populate(installation, people, clients)
    const servers = await Promise.all(Array.from({ length: processes }, () => installation.start()))
    const origin = (at: number): string => servers[at % servers.length]?.origin ?? ''
    let browsers = 0
    return {
      installation,
      servers,
      people: known,
      origin,
      signedIn: async (somebody) => {
        browsers += 1
        const person = browserAt(`10.1.${browsers >> 8}.${browsers & 255}`)
        const seen = await signIn(origin(0), person, somebody)
        if (seen.url.pathname !== '/account') throw new Error(`Not signed in but ${seen.status}.`)
        return person
      },
      [Symbol.asyncDispose]: () => installation[Symbol.asyncDispose](),
    }
  } catch (error) {
    await installation[Symbol.asyncDispose]()
    throw error
  }
}

/** States the same tests for both engines. */
export function onBothEngines(what: string, state: (engine: Engine) => void): void {
  describe(`${what}, on one SQLite file`, () => state('sqlite'))
  describe(`${what}, on one PostgreSQL database`, { skip: postgresSkip() }, () => state('postgres'))
}

/** How often each value occurs. */
export function tally<T>(values: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}
