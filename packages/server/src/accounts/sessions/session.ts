// Who signed in here, when, by which methods, how surely, and for how long that is believed.
import { authenticationClasses, levelOfClass } from '@countersign/protocol'
import type { Instant } from '../../platform/runtime.ts'

/** One browser’s sign-in. */
export interface Session {
  /** Public name of the session; the `sid` of tokens. Stays the same when the same person proves themself again. */
  readonly id: string
  /** Changes with every proof: tells whether somebody has authenticated since (`prompt=login`). */
  readonly proof: string
  readonly userId: string
  readonly createdAt: Instant
  /** Before `createdAt` where the session began without a proof, out of an older one. */
  readonly authenticatedAt: Instant
  /** RFC 8176 method references, such as `pwd`. */
  readonly amr: readonly string[]
  readonly acr: string
  /** Whether the person asked to stay signed in on this device. */
  readonly remembered: boolean
  readonly lastSeenAt: Instant
  /** Seconds without any use after which the session ends. */
  readonly idleSeconds: number
  /** When it ends at the latest. */
  readonly expiresAt: Instant
  readonly peer: string
  readonly userAgent: string
}

/** How the person proved who they are. */
export interface Authentication {
  readonly amr: readonly string[]
  readonly acr: string
}

/** By our own password. */
export const byPassword: Authentication = { amr: ['pwd'], acr: authenticationClasses.password }
/** By an upstream identity provider. */
export const byUpstream: Authentication = { amr: ['fed'], acr: authenticationClasses.upstream }
/** A code of an authenticator application, after something else (RFC 8176 `otp`). */
export const byTotp: Authentication = { amr: ['otp'], acr: authenticationClasses.mfa }
/** A recovery code, after something else. RFC 8176 has no name for one. */
export const byRecoveryCode: Authentication = { amr: ['recovery'], acr: authenticationClasses.mfa }

/** By the word of an issuer that an operator trusts. OpenID Connect Core §2: "0" is for what meets no level at all. */
export const byAssertion: Authentication = { amr: [], acr: '0' }

/** Whether two factors were proven, or one that is two: then nothing more is asked. */
export function isStrong({ acr }: Pick<Authentication, 'acr'>): boolean {
  return levelOfClass(acr) >= levelOfClass(authenticationClasses.mfa)
}

/** What a first and a second factor come to together (RFC 8176 `mfa`). @param second one that says at least “mfa” */
export function together(first: Authentication, second: Authentication): Authentication {
  const surer = levelOfClass(first.acr) > levelOfClass(second.acr) ? first : second
  return { amr: [...new Set([...first.amr, ...second.amr, 'mfa'])], acr: surer.acr }
}

interface Lifetime {
  readonly idleSeconds: number
  readonly absoluteSeconds: number
}

const hour = 3600
const day = 24 * hour

/** How long sessions live, in browsers. */
export const lifetimes = {
  usual: { idleSeconds: hour, absoluteSeconds: day },
  remembered: { idleSeconds: 30 * day, absoluteSeconds: 30 * day },
  /** Of who administers the server, whatever they asked for when they signed in. */
  administrator: { idleSeconds: 900, absoluteSeconds: 12 * hour },
} as const satisfies Record<string, Lifetime>

/** The role whose holders administer this server. */
export const roleOfAdministrators = 'admin'

/** How recent a proof must be for a sensitive change, in seconds (SE-09). */
const freshSeconds = 600

/** Whether the session's last proof is recent enough for a sensitive change. */
export function isFresh(session: Pick<Session, 'authenticatedAt'>, now: Instant): boolean {
  return now - session.authenticatedAt <= freshSeconds
}

/**
 * A session in a browser, with the shorter life that it has while its person administers the server: from the moment on in
 * which they are given the role, until it is taken from them.
 */
export function asAdministrators(session: Session): Session {
  const { idleSeconds, absoluteSeconds } = lifetimes.administrator
  return {
    ...session,
    idleSeconds: Math.min(session.idleSeconds, idleSeconds),
    expiresAt: Math.min(session.expiresAt, session.authenticatedAt + absoluteSeconds) as Instant,
  }
}

/** Whether the session still stands at `now`, as far as time tells. */
export function isLive(session: Session, now: Instant): boolean {
  return now < session.expiresAt && now < session.lastSeenAt + session.idleSeconds
}
