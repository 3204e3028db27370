// Secrets of devise-two-factor in a table of users: in the clear, or under Active Record's encryption (Rails 7): AES-256-GCM
// under a key that PBKDF2 makes of the application's two, with SHA-256 since Rails 7.1 and SHA-1 before.
import { createDecipheriv, pbkdf2Sync } from 'node:crypto'
import { inflateSync } from 'node:zlib'
import type { ForeignRow } from '../../../platform/db/foreign-rows.ts'
import { ForeignUnreadable } from '../../../platform/db/foreign-rows.ts'
import type { MovedTotp } from '../records.ts'
import { jsonFile } from './export-file.ts'
import { usualTotp } from './second-factors.ts'
import { listIn, membersIn, textIn, truthIn } from './values.ts'

const known = new Map<string, Promise<readonly Buffer[]>>()

/** The application of a person who has to show it; `isLost` where there is one that can't be read. */
export async function deviseTotp(
  row: ForeignRow,
  keysFile: string | undefined,
): Promise<{ readonly found: MovedTotp | null; readonly isLost: boolean }> {
  if (!truthIn(row['otp_required_for_login'])) return { found: null, isLost: false }
  const kept = textIn(row['otp_secret'])
  const clear = kept?.startsWith('{') ? opened(kept, await keysIn(keysFile)) : kept
  const found = usualTotp(clear)
  return { found, isLost: found === null }
}

async function keysIn(file: string | undefined): Promise<readonly Buffer[]> {
  if (file === undefined) return []
  const reading = known.get(file) ?? derived(file)
  known.set(file, reading)
  return reading
}

async function derived(file: string): Promise<readonly Buffer[]> {
  const config = membersIn(await jsonFile(file))
  const salt = textIn(config['key_derivation_salt'])
  const primary = config['primary_key']
  const keys = Array.isArray(primary)
    ? listIn(primary).flatMap((key) => textIn(key) ?? [])
    : [textIn(primary)]
  if (salt === null || keys.includes(null))
    throw new ForeignUnreadable(`${file} lacks primary_key or key_derivation_salt.`)
  return keys.flatMap((key) =>
    ['sha256', 'sha1'].map((digest) => pbkdf2Sync(key ?? '', salt, 65_536, 32, digest)),
  )
}

/** `{"p": ciphertext, "h": {"iv": …, "at": tag, "c": true where it is compressed}}`, everything in base64. */
function opened(message: string, keys: readonly Buffer[]): string | null {
  const { p, h } = membersIn(message)
  const { iv, at, c } = membersIn(h)
  const [body, nonce, tag] = [p, iv, at].map((part) => Buffer.from(textIn(part) ?? '', 'base64'))
  if (body === undefined || nonce?.length !== 12 || tag?.length !== 16) return null
  for (const key of keys) {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAuthTag(tag)
    try {
      const clear = Buffer.concat([decipher.update(body), decipher.final()])
      return (truthIn(c) ? inflateSync(clear, { maxOutputLength: 4096 }) : clear).toString()
    } catch {
      // The tag is of another key: the next may be it.
    }
  }
  return null
}
