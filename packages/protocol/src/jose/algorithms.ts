// The signature algorithms that Countersign speaks, as one table (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2).
// A new algorithm is one row here and, if it is of a new family, one case in crypto.ts.

/** One row of the table. `curve` is a JWK `crv`; sizes are bytes. */
export interface JwsAlgorithmRow {
  readonly family: 'ecdsa' | 'rsa-pkcs1' | 'rsa-pss' | 'eddsa' | 'hmac'
  readonly kty: 'EC' | 'RSA' | 'OKP' | 'oct'
  readonly curve?: string
  readonly hash?: 'sha256' | 'sha384' | 'sha512'
  readonly coordinateBytes?: number
  readonly minimumBytes?: number
}

export const jwsAlgorithms = {
  ES256: { family: 'ecdsa', kty: 'EC', curve: 'P-256', hash: 'sha256', coordinateBytes: 32 },
  ES384: { family: 'ecdsa', kty: 'EC', curve: 'P-384', hash: 'sha384', coordinateBytes: 48 },
  ES512: { family: 'ecdsa', kty: 'EC', curve: 'P-521', hash: 'sha512', coordinateBytes: 66 },
  RS256: { family: 'rsa-pkcs1', kty: 'RSA', hash: 'sha256' },
  RS384: { family: 'rsa-pkcs1', kty: 'RSA', hash: 'sha384' },
  RS512: { family: 'rsa-pkcs1', kty: 'RSA', hash: 'sha512' },
  PS256: { family: 'rsa-pss', kty: 'RSA', hash: 'sha256' },
  PS384: { family: 'rsa-pss', kty: 'RSA', hash: 'sha384' },
  PS512: { family: 'rsa-pss', kty: 'RSA', hash: 'sha512' },
  EdDSA: { family: 'eddsa', kty: 'OKP', curve: 'Ed25519', coordinateBytes: 32 },
  // RFC 9864 §2.2 names the same algorithm anew, and §4.1.2 deprecates the old name; programs use both.
  Ed25519: { family: 'eddsa', kty: 'OKP', curve: 'Ed25519', coordinateBytes: 32 },
  HS256: { family: 'hmac', kty: 'oct', hash: 'sha256', minimumBytes: 32 },
  HS384: { family: 'hmac', kty: 'oct', hash: 'sha384', minimumBytes: 48 },
  HS512: { family: 'hmac', kty: 'oct', hash: 'sha512', minimumBytes: 64 },
} as const satisfies Record<string, JwsAlgorithmRow>

/** The name of a signature algorithm, as in a JWS header's `alg`. `none` is not one. */
export type JwsAlgorithm = keyof typeof jwsAlgorithms

/** Whether a name is one of the table's algorithms. */
export function isJwsAlgorithm(name: unknown): name is JwsAlgorithm {
  return typeof name === 'string' && Object.hasOwn(jwsAlgorithms, name)
}

/** The algorithms that are verified with a public key: what a metadata document may advertise. */
export const asymmetricAlgorithms: readonly JwsAlgorithm[] = Object.freeze(
  (Object.keys(jwsAlgorithms) as JwsAlgorithm[]).filter((name) => jwsAlgorithms[name].family !== 'hmac'),
)
