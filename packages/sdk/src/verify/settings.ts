// A verifier's settings: what the code gives, then the environment, checked once at start so that a mistake stops
// the process instead of the first request.
import { isLoopback, usualSkew } from '@countersign/protocol'
import type { Fetch } from './bounded-fetch.ts'
import { type CertificatePlace, type CertificateTerms, certificateTerms } from './client-certificate.ts'
import { systemSeconds } from './clock.ts'
import type { IntrospectionClient } from './database.ts'
import { type DecryptionOptions, type DecryptionSettings, decryptionSettings } from './decryption.ts'
import { type DpopOptions, type DpopSettings, type DpopUse, dpopSettings } from './dpop-settings.ts'
import { fromEnvironment } from './environment.ts'
import type { KeysFrom } from './keys.ts'
import type { RevocableSource } from './revocation-check.ts'
import type { FeedEvent } from './revocation-feed.ts'

/** A JSON Web Key Set (RFC 7517 §5) as an object. */
export interface JsonWebKeySet {
  readonly keys: readonly object[]
}

/** What a verifier needs to know; each member is looked for in the environment where the code leaves it out. */
export interface VerifierOptions {
  /** The authorization server, exactly as in its metadata. Else `COUNTERSIGN_ISSUER`, then `ISSUER_BASE_URL`. */
  readonly issuer?: string
  /** This API's identifier, exactly as in its tokens' `aud`. Else `COUNTERSIGN_AUDIENCE`, then `AUDIENCE`. */
  readonly audience?: string
  /**
   * `'local'` (default) checks JWT access tokens by the issuer's published keys, without a call per request.
   * `'database'` asks the issuer about every token on every request (RFC 7662), so a revoked one is refused at once.
   * `'revocable'` checks as `'local'` does and follows the issuer's feed of what died: a revoked token is refused within
   * a second, still without a call per request. Close such a verifier when it is not needed any more.
   */
  readonly mode?: 'local' | 'database' | 'revocable'
  /** Mode revocable: seconds for which what is known may be old, 2 to 300; 10 unless told. */
  readonly maxStaleness?: number
  /**
   * Mode revocable: what happens to a token when what is known is older. `'introspect'` (default) asks the issuer about
   * each; `'refuse'` answers 503.
   */
  readonly whenStale?: 'introspect' | 'refuse'
  /** Mode revocable: told what happens to the connection, for a log or a metric. */
  readonly onFeed?: (event: FeedEvent) => void
  /** Modes local and revocable: where the keys come from. Else the `jwks_uri` of the issuer's metadata. */
  readonly keys?: KeysFrom
  /** Short for `keys: { jwks }` or, as text, for `keys: { url }`. */
  readonly jwks?: JsonWebKeySet | string
  /** Modes local and revocable: opens tokens that are encrypted to this API. Without it they are refused. */
  readonly decryption?: DecryptionOptions
  /**
   * Whether tokens may or must be bound to a key of their sender (RFC 9449). Unless told they may, wherever this API's
   * public address is known (by `baseUrl`, or by an audience that is a URL); `'allowed'` also says so in challenges.
   */
  readonly dpop?: DpopUse | DpopOptions
  /**
   * Where the certificates of clients are looked for, for tokens that are bound to one (RFC 8705): on the connection unless
   * told; behind a proxy that ends TLS, in the header that it sets, which must reach this server from nobody else.
   */
  readonly clientCertificate?: CertificatePlace
  /** The public address of this server's `/`, as callers know it. Else the origin of an audience that is a URL. */
  readonly baseUrl?: string
  /** Modes database and revocable: how this API identifies itself. Else `COUNTERSIGN_CLIENT_ID`. */
  readonly clientId?: string
  /**
   * Modes database and revocable. Else `COUNTERSIGN_CLIENT_SECRET`, or the file that `COUNTERSIGN_CLIENT_SECRET_FILE`
   * names.
   */
  readonly clientSecret?: string
  /**
   * Mode database: asks for answers that the issuer signed for this API (RFC 9701), and takes no others. Checked by its
   * published keys, or by `keys`; opened by `decryption` where they are encrypted.
   */
  readonly signedAnswers?: boolean
  /** Replaces the global `fetch`. */
  readonly fetch?: Fetch
  /** The time in whole seconds since the epoch; replaces the system's clock. */
  readonly now?: () => number
  /** Seconds by which the issuer's clock and ours may differ: 0 to 60, 15 unless told. */
  readonly clockSkew?: number
  /** Milliseconds for one whole answer of the issuer: 1 to 60000, 5000 unless told. */
  readonly timeoutMs?: number
  /** Lets the issuer be plain http beyond loopback. Whoever sits on that network can then forge every token. */
  readonly dangerPlainHttp?: boolean
}

/** The options, complete and checked. Times are seconds, but for `timeoutMs`. */
export interface VerifierSettings {
  readonly issuer: string
  readonly audience: string
  readonly fetch: Fetch
  readonly now: () => number
  readonly clockSkew: number
  readonly timeoutMs: number
  readonly decryption: DecryptionSettings | undefined
  readonly dpop: DpopSettings
  readonly clientCertificate: CertificateTerms
  readonly source:
    | { readonly mode: 'local'; readonly keys: KeysFrom | undefined }
    | ({ readonly mode: 'database' } & IntrospectionClient)
    | ({ readonly mode: 'revocable' } & RevocableSource)
}

/** @throws TypeError that names the missing or wrong setting, never its value */
export function verifierSettings(options: VerifierOptions): VerifierSettings {
  const issuer = required(
    options.issuer ?? fromEnvironment('COUNTERSIGN_ISSUER', 'ISSUER_BASE_URL'),
    'issuer',
    'COUNTERSIGN_ISSUER',
  )
  checkServerUrl(issuer, 'issuer', options.dangerPlainHttp === true)
  const audience = required(
    options.audience ?? fromEnvironment('COUNTERSIGN_AUDIENCE', 'AUDIENCE'),
    'audience',
    'COUNTERSIGN_AUDIENCE',
  )
  return {
    issuer,
    audience,
    // Called through the global each time, so that whoever instruments it later is not bypassed.
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    now: options.now ?? systemSeconds,
    clockSkew: between(options.clockSkew ?? usualSkew, 0, 60, 'clockSkew'),
    timeoutMs: between(options.timeoutMs ?? 5000, 1, 60_000, 'timeoutMs'),
    decryption: options.decryption === undefined ? undefined : decryptionSettings(options.decryption),
    dpop: dpopSettings(options.dpop, { audience, baseUrl: options.baseUrl }),
    clientCertificate: certificateTerms(options.clientCertificate),
    source: sourceOf(options),
  }
}

function sourceOf(options: VerifierOptions): VerifierSettings['source'] {
  const mode: string = options.mode ?? 'local'
  if (options.signedAnswers === true && mode !== 'database')
    throw new TypeError("signedAnswers are for mode 'database': nothing is asked in the others")
  if (mode === 'local') {
    return { mode, keys: keysFrom(options) }
  }
  if (mode === 'database') {
    const client = { mode, ...clientOf(options) } as const
    return options.signedAnswers === true ? { ...client, signedBy: { keys: keysFrom(options) } } : client
  }
  if (mode !== 'revocable') throw new TypeError("A verifier's mode is 'local', 'database' or 'revocable'")
  const { whenStale = 'introspect', onFeed } = options
  if (whenStale !== 'introspect' && whenStale !== 'refuse')
    throw new TypeError("whenStale is 'introspect' or 'refuse'")
  const maxStaleness = between(options.maxStaleness ?? 10, 2, 300, 'maxStaleness')
  return { mode, keys: keysFrom(options), maxStaleness, whenStale, onFeed, ...clientOf(options) }
}

function clientOf(options: VerifierOptions): { readonly clientId: string; readonly clientSecret: string } {
  return {
    clientId: required(
      options.clientId ?? fromEnvironment('COUNTERSIGN_CLIENT_ID'),
      'clientId',
      'COUNTERSIGN_CLIENT_ID',
    ),
    clientSecret: required(
      options.clientSecret ?? fromEnvironment('COUNTERSIGN_CLIENT_SECRET'),
      'clientSecret',
      'COUNTERSIGN_CLIENT_SECRET',
    ),
  }
}

function keysFrom({ keys, jwks, dangerPlainHttp }: VerifierOptions): KeysFrom | undefined {
  if (jwks !== undefined && keys !== undefined)
    throw new TypeError('jwks is short for keys: give one of them')
  const from = typeof jwks === 'string' ? { url: jwks } : jwks === undefined ? keys : { jwks }
  if (from === undefined) return undefined
  const kinds = ['jwks', 'jwk', 'pem', 'file', 'url'].filter((kind) => kind in from)
  if (kinds.length !== 1)
    throw new TypeError('keys is one of { jwks }, { jwk }, { pem, alg }, { file }, { url }')
  if ('pem' in from && from.alg === undefined) throw new TypeError('keys: { pem } needs its alg')
  if ('url' in from) {
    checkServerUrl(from.url, typeof jwks === 'string' ? 'jwks' : 'keys.url', dangerPlainHttp === true)
  }
  return from
}

function required(value: string | undefined, name: string, variable: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw new TypeError(`A verifier needs { ${name} }, or ${variable} in the environment`)
}

/** @throws TypeError unless it is a whole number of the range, both ends included */
export function between(value: number, low: number, high: number, name: string): number {
  if (Number.isInteger(value) && value >= low && value <= high) return value
  throw new TypeError(`${name} is a whole number from ${low} to ${high}`)
}

// Keys that travel over plain http can be replaced on the way; loopback never leaves the machine.
function checkServerUrl(text: string, name: string, mayBePlain: boolean): void {
  if (!URL.canParse(text)) throw new TypeError(`${name} is an absolute URL`)
  const url = new URL(text)
  const mayBeHttp = mayBePlain || isLoopback(text)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && mayBeHttp)) {
    throw new TypeError(`${name} is an https URL; plain http is for loopback, or with dangerPlainHttp`)
  }
  if (url.username !== '' || url.password !== '' || url.hash !== '' || url.search !== '') {
    throw new TypeError(`${name} has no user, query or fragment`)
  }
}
