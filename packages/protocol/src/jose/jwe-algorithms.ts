// The algorithms that tokens are encrypted with, as two tables (RFC 7518 §4.1 and §5.1, RFC 8037 §3.2). Left out on
// purpose: RSA1_5 (Bleichenbacher's padding oracle), RSA-OAEP (SHA-1), PBES2 (its cost is the sender's to choose), the
// GCM key wraps and the 192-bit sizes (nobody needs them).

/** How the content's key reaches the recipient. Sizes are bytes. */
export interface KeyManagementRow {
  readonly kty: readonly ('RSA' | 'EC' | 'OKP' | 'oct')[]
  /** Of the wrapping key, where its size is fixed. */
  readonly keyBytes?: number
  /** The second part is empty: the content's key is agreed on, or is the shared one itself. */
  readonly direct?: true
  /** `key_ops` of which one must be named, if any are. RFC 7518 says none for the public half of an agreement. */
  readonly operations: { readonly encrypt: readonly string[]; readonly decrypt: readonly string[] }
}

const wrapping = { encrypt: ['wrapKey', 'encrypt'], decrypt: ['unwrapKey', 'decrypt'] }
const agreement = { encrypt: ['deriveKey', 'deriveBits'], decrypt: ['deriveKey', 'deriveBits'] }

/** How keys reach their recipient, by the names of RFC 7518 §4.1. */
export const keyManagement = {
  'RSA-OAEP-256': { kty: ['RSA'], operations: wrapping },
  'ECDH-ES': { kty: ['EC', 'OKP'], direct: true, operations: agreement },
  'ECDH-ES+A128KW': { kty: ['EC', 'OKP'], operations: agreement },
  'ECDH-ES+A256KW': { kty: ['EC', 'OKP'], operations: agreement },
  A128KW: { kty: ['oct'], keyBytes: 16, operations: wrapping },
  A256KW: { kty: ['oct'], keyBytes: 32, operations: wrapping },
  dir: { kty: ['oct'], direct: true, operations: wrapping },
} as const satisfies Record<string, KeyManagementRow>

/** How the content itself is encrypted, best first. */
export const contentEncryptions = {
  A256GCM: { keyBytes: 32, ivBytes: 12, tagBytes: 16, blockBytes: 1 },
  A128GCM: { keyBytes: 16, ivBytes: 12, tagBytes: 16, blockBytes: 1 },
  'A256CBC-HS512': { keyBytes: 64, ivBytes: 16, tagBytes: 32, blockBytes: 16 },
  'A128CBC-HS256': { keyBytes: 32, ivBytes: 16, tagBytes: 16, blockBytes: 16 },
} as const

/** Curves to agree on a key over, and bytes of one coordinate. */
export const agreementCurves = {
  'P-256': { kty: 'EC', coordinateBytes: 32 },
  'P-384': { kty: 'EC', coordinateBytes: 48 },
  'P-521': { kty: 'EC', coordinateBytes: 66 },
  X25519: { kty: 'OKP', coordinateBytes: 32 },
} as const

/** An `alg` of an encrypted token. */
export type KeyManagementAlgorithm = keyof typeof keyManagement
/** An `enc` of an encrypted token. */
export type ContentEncryption = keyof typeof contentEncryptions
/** A curve to agree on a key over. */
export type AgreementCurve = keyof typeof agreementCurves

/** Whether a header’s or key’s value names one. */
export function isKeyManagement(name: unknown): name is KeyManagementAlgorithm {
  return typeof name === 'string' && Object.hasOwn(keyManagement, name)
}

/** Whether a header’s or key’s value names one. */
export function isContentEncryption(name: unknown): name is ContentEncryption {
  return typeof name === 'string' && Object.hasOwn(contentEncryptions, name)
}

/** Whether a key’s `crv` names one. */
export function isAgreementCurve(name: unknown): name is AgreementCurve {
  return typeof name === 'string' && Object.hasOwn(agreementCurves, name)
}
