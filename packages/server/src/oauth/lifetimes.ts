/** How long everything lives, in seconds. */
export interface Lifetimes {
  readonly code: number
  readonly idToken: number
  /** Access tokens for the issuer itself; those for an API live as that API says. */
  readonly accessToken: number
  /** From its last use. */
  readonly refreshIdle: number
  /** From the authorization; no rotation extends it. */
  readonly refreshAbsolute: number
  /** How long the direct predecessor of an unused refresh token still yields that same token. */
  readonly refreshGrace: number
  /** How often it does. */
  readonly refreshReplays: number
  /** How long a device waits for a person. */
  readonly deviceCode: number
  /** How long a backchannel request waits for a person, unless its client asks for another time (CIBA §7.3). */
  readonly backchannelRequest: number
  /** How long the name of a pushed request is good (RFC 9126 §2.2: "typically ... between 5 and 600 seconds"). */
  readonly pushedRequest: number
  /** How long a person may take between an authorization request and its answer. */
  readonly flow: number
}

const day = 86_400

/** The lifetimes, unless somebody sets others. */
export const defaultLifetimes: Lifetimes = Object.freeze({
  code: 60,
  idToken: 300,
  accessToken: 300,
  refreshIdle: 14 * day,
  refreshAbsolute: 30 * day,
  refreshGrace: 30,
  refreshReplays: 100,
  deviceCode: 600,
  backchannelRequest: 300,
  pushedRequest: 60,
  flow: 3600,
})
