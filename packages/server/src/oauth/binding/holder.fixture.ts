// A client with a key of its own, which makes proofs for whatever request it is told.
import { digest, type JwsAlgorithm, thumbprint } from '@countersign/protocol'
import { specimen } from '../../../../../tests/harness/specimens.ts'
import { forge } from '../../../../../tests/harness/token-kinds.ts'
import type { House } from '../../platform/house.ts'

/** The request that a proof is for; the token endpoint's unless told. */
export interface Asked {
  readonly method?: string
  readonly path?: string
  /** The access token that goes along. */
  readonly token?: string
  readonly nonce?: string | undefined
  /** Any further claims, or others than these. */
  readonly claims?: Readonly<Record<string, unknown>>
}

export interface Holder {
  readonly thumbprint: string
  /** A proof, good once. */
  proof(asked?: Asked): string
  /** The headers of a request to the token endpoint. */
  headers(asked?: Asked): { dpop: string }
  /** The headers of a request with a bound token, `GET /oauth/userinfo` unless told. */
  sends(token: unknown, asked?: Asked): { authorization: string; dpop: string }
}

/** @param name two of the same name have the same key */
export function holder(
  { runtime, issuer }: Pick<House, 'runtime' | 'issuer'>,
  name = 'a holder',
  alg: JwsAlgorithm = 'ES256',
): Holder {
  const { key } = specimen(alg, `${name} ${alg}`)
  const proof = ({ method = 'POST', path = '/oauth/token', token, nonce, claims }: Asked = {}): string =>
    forge(
      { typ: 'dpop+jwt', alg, jwk: key.members },
      {
        jti: runtime.secret(16),
        htm: method,
        htu: issuer.at(path),
        iat: runtime.now(),
        ...(token !== undefined && { ath: digest(token) }),
        ...(nonce !== undefined && { nonce }),
        ...claims,
      },
      key,
    )
  return {
    thumbprint: thumbprint(key.members),
    proof,
    headers: (asked) => ({ dpop: proof(asked) }),
    sends: (token, asked) => ({
      authorization: `DPoP ${String(token)}`,
      dpop: proof({ method: 'GET', path: '/oauth/userinfo', token: String(token), ...asked }),
    }),
  }
}
