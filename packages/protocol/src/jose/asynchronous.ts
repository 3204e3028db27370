// What the platform does in its own time. Web Crypto can do it in no other way; Node's answers are there at once.
import type { JwsAlgorithm } from './algorithms.ts'

/** Members of a JWK that have passed the checks of jwk.ts. */
export type JwkMembers = Readonly<Record<string, string>>

/** @typeParam Key the platform's prepared key */
export interface Asynchronous<Key> {
  preparePublic(alg: JwsAlgorithm, members: JwkMembers): Promise<Key>
  preparePrivate(alg: JwsAlgorithm, members: JwkMembers): Promise<Key>
  prepareSecret(alg: JwsAlgorithm, secret: Uint8Array): Promise<Key>
  verifySignature(key: Key, input: Uint8Array, signature: Uint8Array): Promise<boolean>
  createSignature(key: Key, input: Uint8Array): Promise<Uint8Array>
  exportPrivate(key: Key): Promise<JwkMembers>
}
