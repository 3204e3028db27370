// The signature algorithms that Countersign speaks, as one table (RFC 7518 §3.1, RFC 8037 §3.1, RFC 8812 §3.2,
// RFC 9864 §2.2; ML-DSA for JOSE). A new algorithm is one row here and, if it is of a new family, one case in each
// crypto file.

/** Per curve (a JWK `crv`): bytes of one coordinate, and of a signature. */
export const curves = {
  'P-256': { coordinateBytes: 32, signatureBytes: 64 },
  'P-384': { coordinateBytes: 48, signatureBytes: 96 },
  'P-521': { coordinateBytes: 66, signatureBytes: 132 },
  secp256k1: { coordinateBytes: 32, signatureBytes: 64 },
  Ed25519: { coordinateBytes: 32, signatureBytes: 64 },
  Ed448: { coordinateBytes: 57, signatureBytes: 114 },
} as const

/** A curve that signatures are made over. */
export type Curve = keyof typeof curves

/** One row of the table. Sizes are bytes. */
export interface JwsAlgorithmRow {
  readonly family: 'ecdsa' | 'rsa-pkcs1' | 'rsa-pss' | 'eddsa' | 'ml-dsa' | 'hmac'
  readonly kty: 'EC' | 'RSA' | 'OKP' | 'AKP' | 'oct'
  readonly curves?: readonly Curve[]
  readonly hash?: 'sha256' | 'sha384' | 'sha512'
  /** Of an HMAC secret. */
  readonly minimumBytes?: number
  /** Of an ML-DSA public key and signature (FIPS 204 table 2). */
  readonly publicBytes?: number
  readonly signatureBytes?: number
  /** Off, unless the one who imports the key asks for the algorithm by name; never advertised. */
  readonly onRequest?: true
}

/** The algorithms, by their names in the IANA registry. */
export const jwsAlgorithms = {
  ES256: { family: 'ecdsa', kty: 'EC', curves: ['P-256'], hash: 'sha256' },
  ES384: { family: 'ecdsa', kty: 'EC', curves: ['P-384'], hash: 'sha384' },
  ES512: { family: 'ecdsa', kty: 'EC', curves: ['P-521'], hash: 'sha512' },
  ES256K: { family: 'ecdsa', kty: 'EC', curves: ['secp256k1'], hash: 'sha256', onRequest: true },
  RS256: { family: 'rsa-pkcs1', kty: 'RSA', hash: 'sha256' },
  RS384: { family: 'rsa-pkcs1', kty: 'RSA', hash: 'sha384' },
  RS512: { family: 'rsa-pkcs1', kty: 'RSA', hash: 'sha512' },
  PS256: { family: 'rsa-pss', kty: 'RSA', hash: 'sha256' },
  PS384: { family: 'rsa-pss', kty: 'RSA', hash: 'sha384' },
  PS512: { family: 'rsa-pss', kty: 'RSA', hash: 'sha512' },
  EdDSA: { family: 'eddsa', kty: 'OKP', curves: ['Ed25519', 'Ed448'] },
  // RFC 9864 §2.2 names each half of EdDSA anew, and §4.1.2 deprecates the old name; programs use all three.
  Ed25519: { family: 'eddsa', kty: 'OKP', curves: ['Ed25519'] },
  Ed448: { family: 'eddsa', kty: 'OKP', curves: ['Ed448'] },
  'ML-DSA-44': { family: 'ml-dsa', kty: 'AKP', publicBytes: 1312, signatureBytes: 2420 },
  'ML-DSA-65': { family: 'ml-dsa', kty: 'AKP', publicBytes: 1952, signatureBytes: 3309 },
  'ML-DSA-87': { family: 'ml-dsa', kty: 'AKP', publicBytes: 2592, signatureBytes: 4627 },
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

/** Whether an algorithm's keys are verified with a public part. */
export function isAsymmetric(alg: JwsAlgorithm): boolean {
  return jwsAlgorithms[alg].family !== 'hmac'
}
