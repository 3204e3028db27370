// The server's description of itself (OpenID Connect Discovery 1.0 §4, RFC 8414 §3), asked for once.
import { AuthError } from './errors.ts'
import { call } from './wire.ts'

/** The members that the client reads, by their names on the wire. */
export interface Metadata {
  readonly issuer: string
  readonly authorization_endpoint: string
  readonly token_endpoint: string
  readonly userinfo_endpoint?: string
  readonly revocation_endpoint?: string
  readonly end_session_endpoint?: string
  readonly prompt_values_supported?: readonly string[]
  readonly authorization_response_iss_parameter_supported?: boolean
}

/** Remembers a success, never a failure. @throws AuthError `issuer_mismatch` when another issuer answers */
export function discovery(issuer: string): () => Promise<Metadata> {
  let known: Promise<Metadata> | undefined
  const ask = async () => {
    const found = (await call(
      `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
    )) as unknown as Metadata
    // RFC 8414 §3.3: "The issuer value returned MUST be identical".
    if (found.issuer !== issuer) throw new AuthError('issuer_mismatch')
    return found
  }
  return () => {
    known ??= ask().catch((error) => {
      known = undefined
      throw error
    })
    return known
  }
}
