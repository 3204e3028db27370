// Who asks: what a verified token or session says of its bearer.

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
  readonly claims: Readonly<Record<string, unknown>>
}
