// Encrypted access tokens (RFC 7516, RFC 7519 §11.2): what the issuer encrypted to this API's key is opened here and then
// verified like any other token.
import { KeyError, TokenError } from '@countersign/protocol'
import type { DecryptionKey, FindDecryptionKey, JweHeader } from '@countersign/protocol/jwe'
import { type CheckToken, invalidToken } from './verification.ts'

/** This API's own keys to open tokens with. Anyone who has them can read its tokens, but make none. */
export interface DecryptionOptions {
  /**
   * Private JWKs (or secret ones, `kty: "oct"`) that name their `alg`. Several while one replaces another: the token's
   * `kid` says which.
   */
  readonly keys: object | readonly object[]
  /** Refuses tokens whose claims can be read on the way. */
  readonly required?: boolean
}

export interface DecryptionSettings {
  readonly keys: readonly Readonly<Record<string, unknown>>[]
  readonly isRequired: boolean
}

/** The token inside an encrypted one. `isFault: false`: keys that can not be used, which is no fault of the token's. */
export type Opened =
  | { readonly ok: true; readonly signed: string }
  | { readonly ok: false; readonly isFault: boolean; readonly detail: string }

/** @throws TypeError for what can not be a private key */
export function decryptionSettings(options: DecryptionOptions): DecryptionSettings {
  const keys = (Array.isArray(options.keys) ? options.keys : [options.keys]).map((key: object) => ({
    ...key,
  }))
  if (keys.length === 0 || !keys.every(isPrivate)) {
    throw new TypeError('decryption needs private JWKs that name their kty and alg')
  }
  return { keys, isRequired: options.required === true }
}

function isPrivate(jwk: Readonly<Record<string, unknown>>): boolean {
  return [jwk['kty'], jwk['alg'], jwk['d'] ?? jwk['k']].every((member) => typeof member === 'string')
}

/** Whether a token has the five parts of an encrypted one (RFC 7516 §7.1). */
export function isEncrypted(token: string): boolean {
  let dots = 0
  for (let at = token.indexOf('.'); at !== -1 && dots < 5; at = token.indexOf('.', at + 1)) dots++
  return dots === 4
}

/** Refuses tokens whose claims anyone on the way could read. An opaque token has none. */
export function unreadableOnly(check: CheckToken): CheckToken {
  return (token) =>
    token.includes('.') && !isEncrypted(token)
      ? invalidToken('the token is not encrypted, and decryption is required')
      : check(token)
}

/** Opens encrypted tokens. What it takes to do so is loaded only here, so that nobody else pays for it. */
export function createOpener({ keys }: DecryptionSettings): (token: string) => Promise<Opened> {
  const loading = load(keys)

  return async (token) => {
    const loaded = await loading
    if (!loaded.ok) return { ok: false, isFault: false, detail: loaded.detail }
    try {
      return { ok: true, signed: (await loaded.openToken(token, loaded.find)).signed }
    } catch (error) {
      if (!(error instanceof TokenError)) throw error
      const detail = `the token is refused: ${error.code} (${error.detail})`
      return { ok: false, isFault: true, detail }
    }
  }
}

type Protocol = typeof import('@countersign/protocol/jwe')
type Loaded =
  | { readonly ok: true; readonly openToken: Protocol['openToken']; readonly find: FindDecryptionKey }
  | { readonly ok: false; readonly detail: string }

async function load(jwks: DecryptionSettings['keys']): Promise<Loaded> {
  const { importDecryptionJwk, importSecretEncryptionJwk, openToken } = await import(
    '@countersign/protocol/jwe'
  )
  try {
    const keys = await Promise.all(
      jwks.map((jwk) => (jwk['kty'] === 'oct' ? importSecretEncryptionJwk(jwk) : importDecryptionJwk(jwk))),
    )
    return { ok: true, openToken, find: (header) => keyFor(keys, header) }
  } catch (error) {
    if (!(error instanceof KeyError)) throw error
    return { ok: false, detail: `a decryption key is refused: ${error.code} (${error.detail})` }
  }
}

/** By `kid`; else the only key of the algorithm that has none, or that a token without one can mean. No guess. */
function keyFor(keys: readonly DecryptionKey[], { alg, kid }: JweHeader): DecryptionKey | undefined {
  const fitting = keys.filter((key) => key.alg === alg)
  const named = kid === undefined ? undefined : fitting.find((key) => key.kid === kid)
  const others = kid === undefined ? fitting : fitting.filter((key) => key.kid === undefined)
  return named ?? (others.length === 1 ? others[0] : undefined)
}
