// Secrets of devise-two-factor in a table of users: in the clear, or under Active Record's encryption (Rails 7): AES-256-GCM
// under a key that PBKDF2 makes of the application's two, with SHA-256 since Rails 7.1 and SHA-1 before. Before its version 5
// attr_encrypted did it: the same cipher, under a key that PBKDF2 makes of the application's and of a salt in the row.
import { createDecipheriv, pbkdf2Sync } from 'node:crypto'
import { inflateSync } from 'node:zlib'
import type { ForeignRow } from '../../../platform/db/foreign-rows.ts'
import { ForeignUnreadable } from '../../../platform/db/foreign-rows.ts'
import type { MovedTotp } from '../records.ts'
import { jsonFile } from './export-file.ts'
import { usualTotp } from './second-factors.ts'
import { listIn, membersIn, textIn, truthIn } from './values.ts'

interface Keys {
  readonly activeRecord: readonly Buffer[]
  /** `otp_secret_encryption_key` of devise-two-factor itself. */
  readonly own: string | null
}

const known = new Map<string, Promise<Keys>>()

/** The application of a person who has to show it; `isLost` where there is one that can't be read. */
export async function deviseTotp(
  row: ForeignRow,
  keysFile: string | undefined,
): Promise<{ readonly found: MovedTotp | null; readonly isLost: boolean }> {
  if (!truthIn(row['otp_required_for_login'])) return { found: null, isLost: false }
  const keys = await keysIn(keysFile)
  const kept = textIn(row['otp_secret'])
  const clear =
    kept === null
      ? openedWithSalt(row, keys.own)
      : kept.startsWith('{')
        ? opened(kept, keys.activeRecord)
        : kept
  const found = usualTotp(clear)
  // A code that was shown there is used up.
  const lastStep = Number(textIn(row['consumed_timestep']) ?? 0)
  return { found: found && { ...found, lastStep }, isLost: found === null }
}

async function keysIn(file: string | undefined): Promise<Keys> {
  if (file === undefined) return { activeRecord: [], own: null }
  const reading = known.get(file) ?? derived(file)
  known.set(file, reading)
  return reading
}

async function derived(file: string): Promise<Keys> {
  const config = membersIn(await jsonFile(file))
  const salt = textIn(config['key_derivation_salt'])
  const primary = config['primary_key']
  const own = textIn(config['otp_secret_encryption_key'])
  if (own !== null && primary === undefined) return { activeRecord: [], own }
  const keys = Array.isArray(primary)
    ? listIn(primary).flatMap((key) => textIn(key) ?? [])
    : [textIn(primary)]
  if (salt === null || keys.includes(null))
    throw new ForeignUnreadable(
      `${file} lacks primary_key or key_derivation_salt, and has no otp_secret_encryption_key.`,
    )
  const activeRecord = keys.flatMap((key) =>
    ['sha256', 'sha1'].map((digest) => pbkdf2Sync(key ?? '', salt, 65_536, 32, digest)),
  )
  return { activeRecord, own }
}

/** Of attr_encrypted: secret and tag, nonce, and a salt behind an underscore, each in base64. */
function openedWithSalt(row: ForeignRow, key: string | null): string | null {
  const [sealed, nonce, salt] = ['', '_iv', '_salt'].map((part) =>
    Buffer.from(textIn(row[`encrypted_otp_secret${part}`])?.replace(/^_/, '') ?? '', 'base64'),
  )
  if (key === null || sealed === undefined || sealed.length <= 16 || nonce?.length !== 12 || !salt?.length)
    return null
  const derivedKey = pbkdf2Sync(key, salt, 2000, 32, 'sha1')
  return clearOf(derivedKey, nonce, sealed.subarray(0, -16), sealed.subarray(-16))?.toString() ?? null
}

function clearOf(key: Buffer, nonce: Buffer, body: Buffer, tag: Buffer): Buffer | null {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 }).setAuthTag(tag)
  try {
    return Buffer.concat([decipher.update(body), decipher.final()])
  } catch {
    // The tag is of another key.
    return null
  }
}

/** `{"p": ciphertext, "h": {"iv": …, "at": tag, "c": true where it is compressed}}`, everything in base64. */
function opened(message: string, keys: readonly Buffer[]): string | null {
  const { p, h } = membersIn(message)
  const { iv, at, c } = membersIn(h)
  const [body, nonce, tag] = [p, iv, at].map((part) => Buffer.from(textIn(part) ?? '', 'base64'))
  if (body === undefined || nonce?.length !== 12 || tag?.length !== 16) return null
  for (const key of keys) {
    const clear = clearOf(key, nonce, body, tag)
    if (clear !== null) return (truthIn(c) ? inflateSync(clear, { maxOutputLength: 4096 }) : clear).toString()
  }
  return null
}
