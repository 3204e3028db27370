// Who we are and whom we exchange messages with, as an application states it; and the same, read and checked.
import {
  importJwkSetAsync,
  importPrivateJwkAsync,
  importPublicJwkAsync,
  importSecretJwkAsync,
  type SigningKey,
  usualSkew,
} from '@countersign/protocol'
import type { DecryptionKey, EncryptionKey } from '@countersign/protocol/jwe'
import type { Fetch } from '../verify/bounded-fetch.ts'
import { systemSeconds } from '../verify/clock.ts'
import { alone, createKeySource, fixed, type KeySource } from '../verify/keys.ts'
import { type Names, refuseUnknown } from '../verify/known-options.ts'
import { memoryReplay, type ReplayStore } from '../verify/replay.ts'
import { between, verifierSettings } from '../verify/settings.ts'

/** A JSON Web Key (RFC 7517). */
export type JsonWebKeyMembers = Readonly<Record<string, unknown>>

/** A partner: its name for itself, and one way to know its signatures. */
export type Partner = {
  /** The partner's name for itself: `iss` of what it sends, `aud` of what it is sent. */
  readonly issuer: string
  /** The partner's public encryption key: what it is sent is encrypted to it, after signing. */
  readonly encryptTo?: JsonWebKeyMembers
} & (
  | {
      /** Its public keys: a JWK Set, or the https address where it publishes (and rotates) one. */
      readonly jwks: string | { readonly keys: readonly unknown[] }
    }
  | {
      /** Its one public key. */
      readonly key: JsonWebKeyMembers
    }
  | {
      /** A secret (`kty: "oct"`) that this partner and we alone hold; both sign with it. */
      readonly secret: JsonWebKeyMembers
    }
)

/** What `createPartners` is told. */
export interface PartnersOptions {
  readonly self: {
    /** Our own name, as our partners know it: `iss` of what we send, `aud` of what we are sent. */
    readonly issuer: string
    /** Our private key. May be left out where every partner shares a secret with us, or we only listen. */
    readonly key?: JsonWebKeyMembers
    /** Opens what partners encrypt to us. */
    readonly decryptionKey?: JsonWebKeyMembers
  }
  /** By the names that this application has for them. */
  readonly partners: Readonly<Record<string, Partner>>
  /** Remembers what was taken; a bounded memory of this process for each partner unless told. */
  readonly replay?: ReplayStore
  /** Seconds that our messages are good for: 1 to 3600, 300 unless told. */
  readonly lifetime?: number
  /** Replaces the global `fetch`. */
  readonly fetch?: Fetch
  /** The time in whole seconds since the epoch; replaces the system's clock. */
  readonly now?: () => number
  /** Seconds by which a partner's clock and ours may differ: 0 to 60, 15 unless told. */
  readonly clockSkew?: number
  /** Milliseconds for one whole answer with a partner's keys: 1 to 60000, 5000 unless told. */
  readonly timeoutMs?: number
  /** Lets partners publish their keys over plain http beyond loopback. Whoever sits on that network can then be them. */
  readonly dangerPlainHttp?: boolean
}

/** A partner, ready. */
export interface KnownPartner {
  readonly name: string
  readonly issuer: string
  readonly keys: KeySource
  /** What we sign with for this partner. */
  readonly signing: SigningKey | undefined
  readonly encryptTo: EncryptionKey | undefined
  readonly replay: ReplayStore
}

/** The options, complete and checked. */
export interface PartnersSettings {
  readonly issuer: string
  readonly decryptionKey: DecryptionKey | undefined
  readonly byName: ReadonlyMap<string, KnownPartner>
  readonly byIssuer: ReadonlyMap<string, KnownPartner>
  readonly lifetime: number
  readonly now: () => number
  readonly clockSkew: number
}

const optionNames: Names<PartnersOptions> = {
  self: true,
  partners: true,
  replay: true,
  lifetime: true,
  fetch: true,
  now: true,
  clockSkew: true,
  timeoutMs: true,
  dangerPlainHttp: true,
}

/** @throws TypeError that names the wrong setting; KeyError for an unusable key */
export async function partnersSettings(options: PartnersOptions): Promise<PartnersSettings> {
  refuseUnknown(options, optionNames, 'createPartners()')
  const { self, partners } = options
  checkNames(options)
  const now = options.now ?? systemSeconds
  const own = self.key === undefined ? undefined : await importPrivateJwkAsync(self.key)
  const known = await Promise.all(
    Object.entries(partners).map(([name, partner]) => knownPartner(name, partner, { options, own, now })),
  )
  return {
    issuer: self.issuer,
    decryptionKey: self.decryptionKey === undefined ? undefined : await decryptionKey(self.decryptionKey),
    byName: new Map(known.map((partner) => [partner.name, partner])),
    byIssuer: new Map(known.map((partner) => [partner.issuer, partner])),
    lifetime: lifetimeOf(options.lifetime ?? 300),
    now,
    clockSkew: between(options.clockSkew ?? usualSkew, 0, 60, 'clockSkew'),
  }
}

function checkNames({ self, partners }: PartnersOptions): void {
  const issuers = [self.issuer, ...Object.values(partners).map(({ issuer }) => issuer)]
  if (issuers.some((issuer) => typeof issuer !== 'string' || issuer === '')) {
    throw new TypeError('self and every partner have an { issuer }, which is not empty')
  }
  // A partner of our own name, or two of one name, could pass for each other.
  if (new Set(issuers).size !== issuers.length) {
    throw new TypeError('self and the partners each have an issuer of their own')
  }
  const shared = Object.values(partners).flatMap((one) => [...new Set(meansOf(one))])
  if (new Set(shared).size !== shared.length) {
    throw new TypeError(
      'secrets, keys and jwks addresses are for one partner alone: two partners with one could pass for each other',
    )
  }
}

/** By what a partner's signatures are known: what no other partner may have. */
function meansOf(partner: Partner): unknown[] {
  if ('secret' in partner) return [partner.secret['k']]
  if ('key' in partner) return [numberOf(partner.key)]
  if (!('jwks' in partner)) return []
  const { jwks } = partner
  if (typeof jwks === 'string') return [URL.canParse(jwks) ? new URL(jwks).href : jwks]
  return jwks.keys.map((key) => numberOf(key as JsonWebKeyMembers))
}

/** What tells one public key from another, whatever its owners call it (RFC 7517 §4, RFC 7518 §6). */
function numberOf(jwk: JsonWebKeyMembers): unknown {
  return jwk['n'] ?? jwk['x'] ?? jwk['pub'] ?? jwk
}

interface Surroundings {
  readonly options: PartnersOptions
  readonly own: SigningKey | undefined
  readonly now: () => number
}

async function knownPartner(name: string, partner: Partner, around: Surroundings): Promise<KnownPartner> {
  const { options, own, now } = around
  const { issuer, encryptTo } = partner
  const ways = ['jwks', 'key', 'secret'].filter((way) => Object.hasOwn(partner, way))
  if (ways.length !== 1) throw new TypeError('a partner has exactly one of { jwks }, { key } and { secret }')
  return {
    name,
    issuer,
    keys: await keysOf(partner, options),
    signing: 'secret' in partner ? await importSecretJwkAsync(partner.secret) : own,
    encryptTo: encryptTo === undefined ? undefined : await encryptionKey(encryptTo),
    replay: options.replay ?? memoryReplay({ now }),
  }
}

async function keysOf(partner: Partner, options: PartnersOptions): Promise<KeySource> {
  if ('secret' in partner) return fixed(alone(await importSecretJwkAsync(partner.secret)))
  if ('key' in partner) return fixed(alone(await importPublicJwkAsync(partner.key)))
  const { jwks } = partner
  if (typeof jwks === 'string') return publishedAt(jwks, options)
  const keys = await importJwkSetAsync(jwks)
  if (keys.keys.length === 0) throw new TypeError('a partner’s jwks holds no key that can verify a signature')
  return fixed(keys)
}

function publishedAt(url: string, options: PartnersOptions): KeySource {
  if (!URL.canParse(url)) throw new TypeError('jwks is an absolute URL or a JWK Set')
  const { fetch, now, clockSkew, timeoutMs, dangerPlainHttp } = options
  const settings = verifierSettings({
    issuer: new URL(url).origin,
    audience: options.self.issuer,
    jwks: url,
    ...(fetch === undefined ? {} : { fetch }),
    ...(now === undefined ? {} : { now }),
    ...(clockSkew === undefined ? {} : { clockSkew }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(dangerPlainHttp === undefined ? {} : { dangerPlainHttp }),
  })
  return createKeySource(settings, { url })
}

// Only who encrypts loads the code for it.
async function encryptionKey(jwk: JsonWebKeyMembers): Promise<EncryptionKey> {
  const { importEncryptionJwk } = await import('@countersign/protocol/jwe')
  return importEncryptionJwk(jwk)
}

async function decryptionKey(jwk: JsonWebKeyMembers): Promise<DecryptionKey> {
  const { importDecryptionJwk, importSecretEncryptionJwk } = await import('@countersign/protocol/jwe')
  return jwk['kty'] === 'oct' ? importSecretEncryptionJwk(jwk) : importDecryptionJwk(jwk)
}

/** @throws TypeError unless it is a time that a message may be good for (token kind partnerMessage) */
export function lifetimeOf(seconds: number): number {
  return between(seconds, 1, 3600, 'lifetime')
}
