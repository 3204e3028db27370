// What a driver makes of an upstream: a way there and a way back. The way back ends in a proven identity or a failure.
import type { Parameters } from '@countersign/protocol'
import type { Egress } from '../../../platform/http/egress.ts'
import type { Runtime } from '../../../platform/runtime.ts'
import type { UpstreamProfile } from '../profile.ts'

/** One provider, as we speak to it. */
export interface Connection {
  /** @throws UpstreamFailure */
  begin(start: Start): Promise<Begun>
  /**
   * Redeems the provider's answer.
   * INVARIANT: what comes back was proven for this attempt: `state`, issuer, PKCE and, where there is an ID token,
   * its signature, audience, times and `nonce`; anything absent fails.
   * @throws UpstreamFailure
   */
  finish(answer: Parameters, expected: Expected): Promise<ProvenIdentity>
}

/** What an attempt is begun with. */
export interface Start {
  readonly state: string
  readonly nonce: string
  /** S256 (RFC 7636). */
  readonly codeChallenge: string
}

/** An attempt that has begun. */
export interface Begun {
  /** Where the browser goes. */
  readonly location: URL
  /** Who must answer. */
  readonly issuer: string
}

/** The secrets of one attempt, kept by us alone. */
export interface Expected {
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
  readonly issuer: string
}

/** Who a person is at a provider; the first three are the key (FD-04), never the e-mail address. */
export interface ProvenIdentity {
  readonly upstream: string
  readonly issuer: string
  readonly subject: string
  readonly profile: UpstreamProfile
}

/** What a driver needs of the world. */
export interface DriverWorld {
  readonly egress: Egress
  readonly runtime: Pick<Runtime, 'now'>
  /** The absolute address of our callback. */
  readonly redirectUri: string
}

/** Denied: by the person or the provider. Unreachable: no answer in time. Invalid: an answer that failed a check. */
export type UpstreamFault = 'denied' | 'unreachable' | 'invalid'

/** Signing in upstream failed. The message is for the log: static words, never what the provider or browser sent. */
export class UpstreamFailure extends Error {
  override readonly name = 'UpstreamFailure'
  readonly fault: UpstreamFault

  constructor(fault: UpstreamFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.fault = fault
  }
}
