// Where the keys come from that tokens are verified with: one table of kinds. Keys that are given stay as they are; keys
// that are published or in a file are kept fresh (kept-keys.ts).
import {
  answersAtOnce,
  type FindKey,
  importJwkSet,
  importJwkSetAsync,
  importPublicJwk,
  importPublicJwkAsync,
  type JwsAlgorithm,
  KeyError,
  type KeySet,
  type VerificationKey,
} from '@countersign/protocol'
import { keptKeys } from './kept-keys.ts'
import { pace as filePace, keysInFile } from './key-file.ts'
import { publicJwkOfPem } from './pem.ts'
import { paceOf, publishedKeys } from './published-keys.ts'
import type { JsonWebKeySet, VerifierSettings } from './settings.ts'

/** Where a verifier's keys come from. A key that is given without a `kid` is tried for every token of its algorithm. */
export type KeysFrom =
  /** A JSON Web Key Set (RFC 7517 §5). */
  | { readonly jwks: JsonWebKeySet }
  /** One public key; `alg` where the key does not name its own. */
  | { readonly jwk: object; readonly alg?: JwsAlgorithm }
  /** `BEGIN PUBLIC KEY` or `BEGIN CERTIFICATE`. Of a certificate only its key is looked at. */
  | { readonly pem: string; readonly alg: JwsAlgorithm; readonly kid?: string }
  /** The path of a file that holds a JSON Web Key Set; read again when it changes. Needs a file system. */
  | { readonly file: string }
  /** The address of a JSON Web Key Set. */
  | { readonly url: string }

/** Keys by which a token may be verified. The same object as long as they are the same. */
export interface TrustedKeys {
  readonly find: FindKey
}

export type Keys =
  | { readonly ok: true; readonly keys: TrustedKeys }
  | { readonly ok: false; readonly detail: string }

export interface KeySource {
  /** The keys when there is nothing to wait for; starts a background refresh when the time has come. */
  ready(now: number): TrustedKeys | undefined
  /** The keys, waiting for their source when needed. One request at a time, whoever waits. */
  load(now: number): Promise<Keys>
  /**
   * Asks again for a token whose key is unknown. `'cooling'`: asked less than 30 s ago (a file: 5 s), and that answer
   * stands.
   * INVARIANT: at most one request in that time, however many tokens ask.
   */
  reload(now: number): Promise<'reloaded' | 'cooling' | 'failed'>
}

/**
 * @param from else the `jwks_uri` of the issuer's metadata
 * @throws KeyError when keys that are given can not be used; TypeError when a file can not be read
 */
export function createKeySource(settings: VerifierSettings, from: KeysFrom | undefined): KeySource {
  if (from === undefined) return keptKeys(publishedKeys(settings), paceOf(settings))
  if ('url' in from) return keptKeys(publishedKeys(settings, from.url), paceOf(settings))
  if ('file' in from) return keptKeys(keysInFile(from.file), filePace)
  if ('jwks' in from) {
    return answersAtOnce ? fixed(importJwkSet(from.jwks)) : fixedLater(importJwkSetAsync(from.jwks))
  }
  const { jwk, alg } = 'pem' in from ? { jwk: ofPem(from), alg: from.alg } : { alg: undefined, ...from }
  const members = { ...jwk }
  return answersAtOnce
    ? fixed(alone(importPublicJwk(members, alg)))
    : fixedLater(importPublicJwkAsync(members, alg).then(alone))
}

function ofPem({ pem, kid }: { readonly pem: string; readonly kid?: string }): object {
  return { ...publicJwkOfPem(pem), ...(kid === undefined ? {} : { kid }) }
}

/** A key without a name of its own is meant, whatever name a token gives it: its signature decides. */
export function alone(key: VerificationKey): TrustedKeys {
  const isMeant = (kid: string | undefined) => kid === undefined || key.kid === undefined || kid === key.kid
  return { find: ({ alg, kid }) => (alg === key.alg && isMeant(kid) ? key : undefined) }
}

/** Keys that stay as they are. */
export function fixed(keys: TrustedKeys | KeySet): KeySource {
  return {
    ready: () => keys,
    load: async () => ({ ok: true, keys }),
    reload: async () => 'cooling',
  }
}

/** On platforms that read keys only later. */
function fixedLater(reading: Promise<TrustedKeys | KeySet>): KeySource {
  let keys: TrustedKeys | undefined
  const loading: Promise<Keys> = reading.then(
    (read) => {
      keys = read
      return { ok: true, keys: read }
    },
    (error: unknown) => ({
      ok: false,
      detail: `the given keys are refused: ${error instanceof KeyError ? error.code : 'unreadable'}`,
    }),
  )
  return { ready: () => keys, load: () => loading, reload: async () => 'cooling' }
}
