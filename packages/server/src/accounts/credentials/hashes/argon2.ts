// Argon2id (RFC 9106) from two sources that give the same bytes: the native addon, and node:crypto where the addon has
// no binary. Hashes are written in the PHC string format by this file, so that either verifies the other's.
import { argon2 as nodeArgon2 } from 'node:crypto'
import { sameText } from '../../../platform/keys/vault.ts'

/** How much work one hash is (RFC 9106 §3.1). */
export interface Cost {
  readonly memoryKib: number
  readonly passes: number
  readonly lanes: number
}

/** OWASP's minimum, and ours: 19 MiB, two passes, one lane. */
export const defaultCost: Cost = { memoryKib: 19_456, passes: 2, lanes: 1 }

/** The most that a stored hash may ask for: an imported one must not be able to exhaust the machine. */
const largestCost: Cost = { memoryKib: 262_144, passes: 16, lanes: 16 }
const saltBytes = 16
const tagBytes = 32

/** Which Argon2: ours is `argon2id`; hashes of other systems may be of the other two. */
export type Variant = 'argon2id' | 'argon2i' | 'argon2d'

/** The raw function: `tagLength` bytes of Argon2id, or of the variant given. */
export type Argon2 = (
  message: string,
  salt: Buffer,
  cost: Cost,
  tagLength: number,
  variant?: Variant,
) => Promise<Buffer>

/** node:crypto's own; about three times the time of the addon. */
export const builtinArgon2: Argon2 = (message, salt, cost, tagLength, variant = 'argon2id') =>
  new Promise((resolve, reject) => {
    const parameters = {
      message,
      nonce: salt,
      memory: cost.memoryKib,
      passes: cost.passes,
      parallelism: cost.lanes,
      tagLength,
    }
    nodeArgon2(variant, parameters, (error, tag) => (error === null ? resolve(tag) : reject(error)))
  })

/** The addon's own numbers (RFC 9106 §3.1, the type y). */
const nativeNumber = { argon2d: 0, argon2i: 1, argon2id: 2 } as const

/** The native addon's. @throws when this machine has no binary of it */
export async function nativeArgon2(): Promise<Argon2> {
  const { hashRaw } = await import('@node-rs/argon2')
  return (message, salt, cost, tagLength, variant = 'argon2id') =>
    hashRaw(message, {
      salt,
      memoryCost: cost.memoryKib,
      timeCost: cost.passes,
      parallelism: cost.lanes,
      outputLen: tagLength,
      algorithm: nativeNumber[variant],
    })
}

/** The faster of the two that this machine has. */
export async function availableArgon2(): Promise<Argon2> {
  try {
    return await nativeArgon2()
  } catch {
    return builtinArgon2
  }
}

interface Phc {
  readonly variant: Variant
  readonly cost: Cost
  readonly salt: Buffer
  readonly tag: Buffer
}

/** @param salt 16 random bytes as base64url */
export async function hashWith(argon2: Argon2, password: string, salt: string, cost: Cost): Promise<string> {
  const bytes = Buffer.from(salt, 'base64url')
  return formatPhc({
    variant: 'argon2id',
    cost,
    salt: bytes,
    tag: await argon2(password, bytes, cost, tagBytes),
  })
}

/** Whether `phc` is the hash of `password`. @throws TypeError when `phc` is no Argon2 hash that we accept */
export async function verifyWith(argon2: Argon2, password: string, phc: string): Promise<boolean> {
  const { variant, cost, salt, tag } = parsePhc(phc)
  const computed = await argon2(password, salt, cost, tag.length, variant)
  return sameText(computed.toString('base64'), tag.toString('base64'))
}

/** A well-formed hash of nothing: to verify against it costs what any hash costs, and never succeeds. */
export function hashOfNobody(secret: (bytes: number) => string, cost: Cost): string {
  const bytes = (count: number): Buffer => Buffer.from(secret(count), 'base64url')
  return formatPhc({ variant: 'argon2id', cost, salt: bytes(saltBytes), tag: bytes(tagBytes) })
}

/** Whether a hash was made with less work than `cost` asks for now, or as another variant than ours. */
export function isWeaker(phc: string, cost: Cost): boolean {
  const { variant, cost: made } = parsePhc(phc)
  const { memoryKib, passes, lanes } = made
  return variant !== 'argon2id' || memoryKib < cost.memoryKib || passes < cost.passes || lanes < cost.lanes
}

/** Whether a hash made elsewhere can be imported; `costly` for one that could, but for the work that it asks for. */
export function judgePhc(phc: string): 'accepted' | 'costly' | 'malformed' {
  const read = readPhc(phc)
  return typeof read === 'string' ? read : 'accepted'
}

function formatPhc({ variant, cost, salt, tag }: Phc): string {
  const text = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '')
  return `$${variant}$v=19$m=${cost.memoryKib},t=${cost.passes},p=${cost.lanes}$${text(salt)}$${text(tag)}`
}

function parsePhc(phc: string): Phc {
  const parsed = readPhc(phc)
  if (typeof parsed === 'string')
    throw new TypeError('A stored password hash is not Argon2, or costs too much.')
  return parsed
}

function readPhc(phc: string): Phc | 'costly' | 'malformed' {
  const form =
    /^\$(argon2id|argon2i|argon2d)\$v=19\$m=(\d{1,10}),t=(\d{1,10}),p=(\d{1,8})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/
  const match = form.exec(phc)
  if (match === null) return 'malformed'
  const [, variant = '', memory = '', passes = '', lanes = '', salt = '', tag = ''] = match
  const cost: Cost = { memoryKib: Number(memory), passes: Number(passes), lanes: Number(lanes) }
  const tooMuch =
    cost.memoryKib > largestCost.memoryKib ||
    cost.passes > largestCost.passes ||
    cost.lanes > largestCost.lanes
  if (cost.passes < 1 || cost.lanes < 1 || cost.memoryKib < 8 * cost.lanes) return 'malformed'
  if (tooMuch) return 'costly'
  return {
    variant: variant as Variant,
    cost,
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  }
}
