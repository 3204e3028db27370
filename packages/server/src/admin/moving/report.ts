// What an import comes to. Counts are told as functions, so that nothing is counted before it is committed.
import type { Password, WhyNot } from './decide.ts'

/** What an import came to, or would. */
export interface ImportReport {
  read: number
  created: number
  updated: number
  same: number
  /** Password hashes that were taken, by format. */
  readonly passwords: Map<string, number>
  /** Password hashes that were not, by the reason. */
  readonly withoutPassword: Map<WhyNot, number>
  /** Who or what is not taken as it is, and why: for people one of `Conflict`. */
  readonly conflicts: { readonly id: string; readonly because: string }[]
  roles: number
  /** People who get the role of this server's administrators. */
  administrators: number
  identities: number
  /** Authenticator applications and passkeys. */
  factors: number
  passkeys: number
  revokedTokens: number
  /** Clients of OAuth, and the APIs that tokens are for. */
  clients: number
  apis: number
  /** API keys that go on working. */
  keys: number
  /** What people and clients hold at another server of this kind, and what goes with it. */
  consents: number
  sessions: number
  grants: number
  accessTokens: number
  registrations: number
  initialTokens: number
  issuers: number
  signingKeys: number
  /** Lines of the audit trail. */
  events: number
  /** What an operator should know beside all that. */
  readonly remarks: Set<string>
  readonly leftBehind: Map<string, number>
}

/** Writes what one record came to into the report. */
export type Tally = (report: ImportReport) => void

/** Nothing yet. */
export function emptyReport(): ImportReport {
  return {
    read: 0,
    created: 0,
    updated: 0,
    same: 0,
    passwords: new Map(),
    withoutPassword: new Map(),
    conflicts: [],
    roles: 0,
    administrators: 0,
    identities: 0,
    factors: 0,
    passkeys: 0,
    revokedTokens: 0,
    clients: 0,
    apis: 0,
    keys: 0,
    consents: 0,
    sessions: 0,
    grants: 0,
    accessTokens: 0,
    registrations: 0,
    initialTokens: 0,
    issuers: 0,
    signingKeys: 0,
    events: 0,
    remarks: new Set(),
    leftBehind: new Map(),
  }
}

/** So many more of what is only counted. */
export function counted(
  what: {
    [Name in keyof ImportReport]: ImportReport[Name] extends number ? Name : never
  }[keyof ImportReport],
  by = 1,
): Tally {
  return (report) => {
    report[what] += by
  }
}

/** One conflict more. */
export function conflict(id: string, because: string): Tally {
  return (report) => void report.conflicts.push({ id, because })
}

/** One thing more that nothing here takes. */
export function leftBehind(what: string): Tally {
  return (report) => count(report.leftBehind, what)
}

/** Something that an operator should know, said once however often it is seen. */
export function remark(text: string): Tally {
  return (report) => void report.remarks.add(text)
}

/** Several in one. */
export function allOf(tallies: readonly Tally[]): Tally {
  return (report) => {
    for (const tally of tallies) tally(report)
  }
}

/** One password more, taken or not. */
export function countPassword(report: ImportReport, password: Password): void {
  if (password.take) count(report.passwords, password.format)
  else count(report.withoutPassword, password.because)
}

function count<K>(counts: Map<K, number>, name: K): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}
