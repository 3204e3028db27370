// What every room is given: the world, the database, the vault, the issuer, the log and the way out.
import type { Database } from './db/database.ts'
import type { Egress } from './http/egress.ts'
import type { Issuer } from './http/issuer.ts'
import type { Vault } from './keys/vault.ts'
import type { Mail } from './mail/mail.ts'
import type { Runtime } from './runtime.ts'

/** The product’s name as people see it. */
export const productName = 'Countersign'

/** `required`: nobody is let in by one factor; who has none sets one up before their first session. */
export type SecondFactorRule = 'optional' | 'required'

/** One server’s own things. */
export interface Platform {
  readonly runtime: Runtime
  readonly database: Database
  readonly vault: Vault
  readonly issuer: Issuer
  readonly log: Log
  /** The one way out: for every fetch of an address that somebody registered or sent. */
  readonly egress: Egress
  readonly mail: Mail
  /** Whether people may have a second factor, or must: asked wherever a session begins, and wherever one is used. */
  readonly secondFactor: SecondFactorRule
  /** True under `countersign dev`: simulated providers and seeded people exist. */
  readonly development: boolean
}

/** A structured log; the first argument's fields are redacted by name before they are written. */
export interface Log {
  debug(fields: Record<string, unknown>, message: string): void
  info(fields: Record<string, unknown>, message: string): void
  warn(fields: Record<string, unknown>, message: string): void
  error(fields: Record<string, unknown>, message: string): void
}
