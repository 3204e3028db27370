// An authenticator in software, for tests: it makes keys, signs as WebAuthn Level 3 §6 says, and answers as a browser's
// script does. Any byte of what it says can be changed before it is signed, or after.
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import type { Visitor } from '../../packages/server/src/platform/house.ts'

export type TestAlgorithm = 'ES256' | 'EdDSA' | 'RS256'

export const flag = {
  userPresent: 1,
  userVerified: 4,
  backupEligible: 8,
  backedUp: 16,
  attested: 64,
  extended: 128,
}

export interface Made {
  readonly id: string
  readonly algorithm: TestAlgorithm
  readonly privateKey: KeyObject
  readonly coseKey: Uint8Array<ArrayBuffer>
  readonly userHandle: string
}

/** What an answer says otherwise than the truth. */
export interface Twist {
  readonly clientData?: Record<string, unknown>
  readonly rpId?: string
  readonly flags?: (honest: number) => number
  readonly count?: number
  readonly id?: string
  readonly userHandle?: string | null
  readonly key?: KeyObject
  readonly coseKey?: Uint8Array
  /** Of the attestation; `none` and empty when left out. */
  readonly attestation?: { readonly fmt: string; readonly attStmt: unknown }
  /** Changes the bytes that are sent, after they were signed. */
  readonly sent?: Partial<
    Record<
      'clientDataJSON' | 'authenticatorData' | 'signature' | 'attestationObject',
      (bytes: Buffer) => Buffer
    >
  >
}

interface Options {
  readonly challenge: string
  readonly rp?: { readonly id?: string }
  readonly rpId?: string
  readonly user?: { readonly id: string }
  readonly allowCredentials?: readonly { readonly id: string }[]
}

export interface Nature {
  readonly algorithm?: TestAlgorithm
  readonly origin?: string
  readonly userVerified?: boolean
  readonly synced?: boolean
  /** Counts its signatures; most don't. */
  readonly counts?: boolean
}

export class Authenticator {
  readonly made: Made[] = []
  count = 0
  readonly #nature: Required<Nature>

  constructor(nature: Nature = {}) {
    const usual = {
      algorithm: 'ES256',
      origin: 'http://localhost:4400',
      userVerified: true,
      synced: false,
      counts: false,
    } as const
    this.#nature = { ...usual, ...nature }
  }

  /** Makes a passkey and answers as the script does. */
  create(options: Options, twist: Twist = {}): string {
    const pair = keyPairOf(this.#nature.algorithm)
    const made: Made = {
      id: twist.id ?? randomBytes(16).toString('base64url'),
      algorithm: this.#nature.algorithm,
      privateKey: pair.privateKey,
      coseKey: new Uint8Array(twist.coseKey ?? coseKeyOf(this.#nature.algorithm, pair.publicKey)),
      userHandle: options.user?.id ?? '',
    }
    this.made.push(made)
    const id = Buffer.from(made.id, 'base64url')
    const length = Buffer.from([id.length >> 8, id.length & 255])
    const attested = Buffer.concat([Buffer.alloc(16), length, id, made.coseKey])
    const authData = Buffer.concat([this.#head(options.rp?.id ?? '', flag.attested, twist), attested])
    const { fmt, attStmt } = twist.attestation ?? { fmt: 'none', attStmt: new Map() }
    const attestationObject = cbor(
      new Map<string, unknown>([
        ['fmt', fmt],
        ['attStmt', attStmt],
        ['authData', authData],
      ]),
    )
    const clientDataJSON = this.#clientData('webauthn.create', options.challenge, twist)
    return answer(made.id, { clientDataJSON, attestationObject }, twist, {
      transports: ['internal', 'hybrid'],
    })
  }

  /** Signs with a passkey: the newest, or one that was asked for. */
  get(options: Options, twist: Twist = {}): string {
    const allowed = options.allowCredentials?.map(({ id }) => id)
    const made = this.made.findLast(({ id }) => allowed === undefined || allowed.includes(id))
    if (made === undefined) throw new Error('This authenticator has no such passkey.')
    const clientDataJSON = this.#clientData('webauthn.get', options.challenge, twist)
    const authenticatorData = this.#head(options.rpId ?? '', 0, twist)
    const signed = Buffer.concat([authenticatorData, createHash('sha256').update(clientDataJSON).digest()])
    const hash = made.algorithm === 'EdDSA' ? null : 'sha256'
    const signature = sign(hash, signed, twist.key ?? made.privateKey)
    const userHandle = twist.userHandle === undefined ? made.userHandle : twist.userHandle
    return answer(twist.id ?? made.id, { clientDataJSON, authenticatorData, signature }, twist, {
      ...(userHandle === null ? {} : { userHandle }),
    })
  }

  #head(rpId: string, more: number, twist: Twist): Buffer {
    const { userVerified, synced, counts } = this.#nature
    if (counts) this.count += 1
    const honest =
      flag.userPresent |
      (userVerified ? flag.userVerified : 0) |
      (synced ? flag.backupEligible | flag.backedUp : 0) |
      more
    const count = Buffer.alloc(4)
    count.writeUInt32BE(twist.count ?? this.count)
    const flags = Buffer.from([twist.flags?.(honest) ?? honest])
    return Buffer.concat([
      createHash('sha256')
        .update(twist.rpId ?? rpId)
        .digest(),
      flags,
      count,
    ])
  }

  #clientData(type: string, challenge: string, { clientData }: Twist): Buffer {
    const honest = { type, challenge, origin: this.#nature.origin, crossOrigin: false }
    return Buffer.from(JSON.stringify({ ...honest, ...clientData }))
  }
}

function answer(
  id: string,
  parts: Record<string, Buffer>,
  { sent = {} }: Twist,
  more: Record<string, unknown>,
): string {
  const response = Object.entries(parts).map(([name, bytes]) => [
    name,
    (sent[name as keyof typeof sent]?.(bytes) ?? bytes).toString('base64url'),
  ])
  return JSON.stringify({
    id,
    rawId: id,
    type: 'public-key',
    response: { ...Object.fromEntries(response), ...more },
  })
}

function keyPairOf(algorithm: TestAlgorithm): { publicKey: KeyObject; privateKey: KeyObject } {
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519')
  return algorithm === 'ES256'
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : generateKeyPairSync('rsa', { modulusLength: 2048 })
}

/** A public key as a COSE_Key. */
export function coseKeyOf(algorithm: TestAlgorithm, publicKey: KeyObject): Uint8Array {
  const jwk = publicKey.export({ format: 'jwk' })
  const part = (name: 'x' | 'y' | 'n' | 'e'): Buffer => Buffer.from(jwk[name] ?? '', 'base64url')
  if (algorithm === 'RS256')
    return cbor(
      new Map<number, unknown>([
        [1, 3],
        [3, -257],
        [-1, part('n')],
        [-2, part('e')],
      ]),
    )
  return algorithm === 'EdDSA'
    ? cbor(
        new Map<number, unknown>([
          [1, 1],
          [3, -8],
          [-1, 6],
          [-2, part('x')],
        ]),
      )
    : cbor(
        new Map<number, unknown>([
          [1, 2],
          [3, -7],
          [-1, 1],
          [-2, part('x')],
          [-3, part('y')],
        ]),
      )
}

/** CBOR (RFC 8949) of maps, lists, texts, bytes and whole numbers. */
export function cbor(value: unknown): Buffer {
  if (typeof value === 'number') return value >= 0 ? cborHead(0, value) : cborHead(1, -1 - value)
  if (value instanceof Uint8Array) return Buffer.concat([cborHead(2, value.length), value])
  if (typeof value === 'string')
    return Buffer.concat([cborHead(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (Array.isArray(value)) return Buffer.concat([cborHead(4, value.length), ...value.map(cbor)])
  if (value instanceof Map)
    return Buffer.concat([
      cborHead(5, value.size),
      ...[...value].flatMap(([key, one]) => [cbor(key), cbor(one)]),
    ])
  throw new TypeError('No CBOR for this.')
}

function cborHead(type: number, value: number): Buffer {
  const major = type << 5
  if (value < 24) return Buffer.from([major | value])
  if (value < 256) return Buffer.from([major | 24, value])
  const head = Buffer.alloc(value < 65_536 ? 3 : 5)
  head[0] = major | (value < 65_536 ? 25 : 26)
  if (value < 65_536) head.writeUInt16BE(value, 1)
  else head.writeUInt32BE(value, 1)
  return head
}

/** What a page asks an authenticator for, and the ticket that goes with it. */
export function askedOn(page: { readonly body: string; field(name: string): string | undefined }): {
  readonly options: Options & Record<string, unknown>
  readonly ticket: string
} {
  const text = /data-options="([^"]*)"/
    .exec(page.body)?.[1]
    ?.replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
  if (text === undefined) throw new Error('The page asks for no passkey.')
  return {
    options: JSON.parse(text),
    ticket: page.field('passkey_ticket') ?? page.field('new_passkey_ticket') ?? '',
  }
}

/** Adds a passkey on the account page of whoever is signed in there, within ten minutes of their proof. */
export async function addPasskey(
  visitor: Visitor,
  authenticator: Authenticator,
  twist: Twist = {},
  name = 'A key',
) {
  await visitor.visit('/account')
  await visitor.submit('/account/passkeys/begin', {})
  const { options, ticket } = askedOn(await visitor.visit('/account/passkeys/new'))
  const fields = { new_passkey: authenticator.create(options, twist), new_passkey_ticket: ticket, name }
  return visitor.submit('/account/passkeys/add', fields)
}

/** Signs in on the sign-in page with a passkey alone. */
export async function signInByPasskey(visitor: Visitor, authenticator: Authenticator, twist: Twist = {}) {
  const { options, ticket } = askedOn(await visitor.visit('/sign-in'))
  return visitor.submit('/sign-in', {
    method: 'passkey',
    passkey: authenticator.get(options, twist),
    passkey_ticket: ticket,
  })
}
