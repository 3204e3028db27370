// Who asks: what a verified token or session says of its bearer.

/** One thing that a token is good for; its other members are those of its type. */
export interface AuthorizationDetail {
  readonly type: string
  readonly [member: string]: unknown
}

/** The one who asks. Times are seconds since the epoch. */
export interface Principal {
  /** The person, or the client itself when no person is present. */
  readonly subject: string
  readonly clientId: string
  readonly scope: readonly string[]
  readonly roles: readonly string[]
  readonly sessionId?: string
  readonly authenticatedAt?: number
  readonly acr?: string
  readonly amr?: readonly string[]
  /** What exactly the token is good for here (RFC 9396 §9); absent where it says nothing of it. */
  readonly authorizationDetails?: readonly AuthorizationDetail[]
  readonly claims: Readonly<Record<string, unknown>>
}
