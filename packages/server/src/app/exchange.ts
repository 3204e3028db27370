// Information exchange as an operator states it: who we are to our partners, and how each of them is known. Keys are named
// by file, for a configuration is no place for a secret.
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import type { Finding } from './settings.ts'

const name = z.string().min(1, 'must not be empty').max(512, 'must have at most 512 characters')
const file = z.string().min(1, 'must name a file')

const partnerSettings = z
  .strictObject({
    /** The partner's name for itself: `iss` of what it sends, `aud` of what it is sent. */
    issuer: name,
    /** Its published keys: the https address of a JWK Set, or a file. */
    jwks: file.optional(),
    /** Its one public key: a JWK. */
    keyFile: file.optional(),
    /** A secret that this partner and we alone hold: a JWK. */
    secretFile: file.optional(),
    /** Its public encryption key: what it is sent is encrypted to it. */
    encryptToFile: file.optional(),
  })
  .refine(
    ({ jwks, keyFile, secretFile }) =>
      [jwks, keyFile, secretFile].filter((way) => way !== undefined).length === 1,
    'needs exactly one of jwks, keyFile and secretFile',
  )

const exchangeSettings = z
  .strictObject({
    /** Our name for ourselves, as partners know it; the server's `url` when left out. */
    issuer: name.optional(),
    /** Our private key: a JWK, as `countersign jwt keygen --out` writes it. */
    keyFile: file.optional(),
    /** Our private key that opens what partners encrypt to us. */
    decryptionKeyFile: file.optional(),
    partners: z.record(z.string(), partnerSettings),
  })
  .refine(({ issuer, partners }) => {
    const names = [issuer, ...Object.values(partners).map((partner) => partner.issuer)]
    const given = names.filter((one) => one !== undefined && one !== '')
    return new Set(given).size === given.length
  }, 'gives one issuer twice: ourselves and every partner each need a name of their own')

/** What an operator writes under `exchange`. */
export type ExchangeSettings = z.input<typeof exchangeSettings>
/** One partner of it. */
export type PartnerSettings = ExchangeSettings['partners'][string]

/** What is wrong with `exchange`, in people's words. */
export function exchangeFindings(written: unknown): Finding[] {
  if (written === undefined) return []
  const { error } = exchangeSettings.safeParse(written)
  return (error?.issues ?? []).map(({ path, message }) => {
    const place = ['exchange', ...path.map(String)].join('.')
    return { path: `countersign.config: ${place}`, code: 'invalid', message: `“${place}” ${message}.` }
  })
}

/**
 * The settings, with files named from the folder of the configuration.
 *
 * @throws whatever exchangeFindings would have said
 */
export function readExchange(written: unknown, configFile: string): ExchangeSettings {
  const read = exchangeSettings.parse(written)
  const from = (named: string) => resolve(dirname(configFile), named)
  const placed = <T extends Readonly<Record<string, unknown>>>(settings: T): T =>
    Object.fromEntries(
      Object.entries(settings).map(([key, value]) => {
        const isFile = key.endsWith('File') || (key === 'jwks' && !/^https?:/.test(String(value)))
        return [key, isFile && typeof value === 'string' ? from(value) : value]
      }),
    ) as T
  const partners = Object.entries(read.partners).map(([key, partner]) => [key, placed(partner)])
  return { ...placed(read), partners: Object.fromEntries(partners) }
}
