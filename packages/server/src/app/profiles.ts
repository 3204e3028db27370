// The wires of others that this server speaks, as an operator states them under `profiles`. In development each is on,
// at its usual paths.
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { OAuthRoom } from '../oauth/room.ts'
import type { Route } from '../platform/http/exchange.ts'
import type { ProfileRoom } from '../profiles/enter.ts'
import { ensureProfileClients } from '../profiles/profile-client.ts'
import { type KeyTexts, profileKeys } from '../profiles/simplejwt/keys.ts'
import { simpleJwt } from '../profiles/simplejwt/room.ts'
import { type SimpleJwtSettings, simpleJwtSettings } from '../profiles/simplejwt/settings.ts'
import { simpleJwtRoutes } from '../profiles/simplejwt/simplejwt.routes.ts'
import type { Finding, Mode } from './settings.ts'

const onOr = <T extends z.ZodType>(settings: T) => z.union([z.boolean(), settings]).optional()

const profilesSettings = z.strictObject({
  /** The wire of djangorestframework-simplejwt. */
  simplejwt: onOr(simpleJwtSettings),
})

/** What an operator writes under `profiles`: `true` for the usual settings. */
export type ProfilesConfig = z.input<typeof profilesSettings>

/** The wires that are on. */
export interface Profiles {
  readonly simplejwt: { readonly settings: SimpleJwtSettings; readonly texts: KeyTexts } | null
}

/** Reads `profiles`, and the keys that it names by file. Problems go into `findings`, and leave a wire off. */
export function readProfiles(written: unknown, mode: Mode, findings: Finding[]): Profiles {
  const parsed = profilesSettings.safeParse(written ?? {})
  if (!parsed.success) {
    for (const { path, message } of parsed.error.issues) {
      const place = ['profiles', ...path.map(String)].join('.')
      findings.push(finding(place, 'invalid', `“${place}” ${message}.`))
    }
    return { simplejwt: null }
  }
  const { simplejwt = mode === 'development' } = parsed.data
  if (simplejwt === false) return { simplejwt: null }
  const settings = simplejwt === true ? simpleJwtSettings.parse({}) : simplejwt
  const place = 'profiles.simplejwt'
  const { signingKeyFile, verifyingKeyFiles } = settings
  const texts = [...(signingKeyFile === undefined ? [] : [signingKeyFile]), ...verifyingKeyFiles].map(
    (file) => textOf(file, place, findings),
  )
  const known = texts.filter((text) => text !== null)
  if (known.length < texts.length) return { simplejwt: null }
  const [signing = null] = signingKeyFile === undefined ? [] : known
  return {
    simplejwt: { settings, texts: { signing, verifying: known.slice(signing === null ? 0 : 1) } },
  }
}

/** Every route of the wires that are on; their clients are made where they are not there yet. */
export async function profileRoutes(
  { platform, keyring, lifetimes }: OAuthRoom,
  door: ProfileRoom['door'],
  { simplejwt }: Profiles,
): Promise<readonly Route[]> {
  await ensureProfileClients(platform, simplejwt === null ? [] : [simpleJwt])
  if (simplejwt === null) return []
  const { settings, texts } = simplejwt
  if (settings.algorithm === 'RS256') await keyring.ensure('RS256')
  const keys = profileKeys(platform, keyring, settings, texts)
  return simpleJwtRoutes({ platform, door, lifetimes, settings, keys, runtime: platform.runtime })
}

/** The text of a key file without the line end that editors add. */
function textOf(file: string, place: string, findings: Finding[]): string | null {
  try {
    const text = readFileSync(file, 'utf8').replace(/\r?\n$/, '')
    if (Buffer.byteLength(text) >= 32) return text
    findings.push(finding(place, 'weak', `“${place}” names a key of fewer than 32 bytes: ${file}.`))
  } catch {
    findings.push(finding(place, 'unreadable', `“${place}” names a file that can’t be read: ${file}.`))
  }
  return null
}

function finding(place: string, code: string, message: string): Finding {
  return { path: `countersign.config: ${place}`, code, message }
}
