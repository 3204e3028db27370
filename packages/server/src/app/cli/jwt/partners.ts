// A partner of the configuration, with its keys and ours. The message itself is what @countersign/sdk/partners makes and
// takes as well: a token of the kind partnerMessage.
import { type FindKey, type SigningKey, usualSkew } from '@countersign/protocol'
import type { EncryptionKey } from '@countersign/protocol/jwe'
import type { Command } from 'commander'
import { type Once, takeOnce } from '../../../platform/once.store.ts'
import type { Platform } from '../../../platform/platform.ts'
import { readConfigFile } from '../../config-file.ts'
import {
  type ExchangeSettings,
  exchangeFindings,
  type PartnerSettings,
  readExchange,
} from '../../exchange.ts'
import { closest } from '../../spelling.ts'
import { CommandFailed, modeHere, readSettings, type SharedOptions, UsageError } from '../context.ts'
import { givenText } from './given.ts'
import { encryptionKey, signingKey, verificationKeys } from './keys.ts'
import { keysAt } from './published.ts'

/** A partner as the configuration states it. */
export interface ConfiguredPartner {
  readonly name: string
  /** Our own name, as the partner knows it. */
  readonly self: string
  readonly exchange: ExchangeSettings
  readonly partner: PartnerSettings
}

/** @throws UsageError without such a partner; CommandFailed when the configuration has problems */
export async function configuredPartner(name: string, command: Command): Promise<ConfiguredPartner> {
  const { config, file } = await readConfigFile(
    process.cwd(),
    command.optsWithGlobals<SharedOptions>().config,
  )
  const { exchange: written } = config
  if (file === undefined || written === undefined) {
    throw new UsageError(
      '--partner: the configuration has no `exchange` with partners. The guide “Exchange with partners” shows one.',
    )
  }
  const findings = exchangeFindings(written)
  if (findings.length > 0) throw new CommandFailed('The configuration has problems.', findings)
  const exchange = readExchange(written, file)
  const partner = Object.hasOwn(exchange.partners, name) ? exchange.partners[name] : undefined
  if (partner === undefined) {
    const near = closest(name, Object.keys(exchange.partners))
    throw new UsageError(
      `--partner: there is no partner of that name in ${file}.${near === undefined ? '' : ` Did you mean ${near}?`}`,
    )
  }
  const self = exchange.issuer ?? (await readSettings(command, modeHere())).settings.url
  if (self === partner.issuer) {
    throw new CommandFailed('The configuration has problems.', [
      {
        path: `exchange.partners.${name}.issuer`,
        code: 'own_issuer',
        message: 'It is our own: what we say ourselves would pass for what the partner says.',
      },
    ])
  }
  return { name, self, exchange, partner }
}

/** What we sign with for the partner. @throws CommandFailed, UsageError without a key of ours */
export async function keyForPartner({ name, exchange, partner }: ConfiguredPartner): Promise<SigningKey> {
  const [file, place] =
    partner.secretFile === undefined
      ? [exchange.keyFile, 'exchange.keyFile']
      : [partner.secretFile, `exchange.partners.${name}.secretFile`]
  if (file === undefined) {
    throw new UsageError(
      '--partner: to sign for it, give `exchange.keyFile` in the configuration: countersign jwt keygen --out makes one.',
    )
  }
  return signingKey(await givenText(file, place), file, undefined)
}

/** The partner's encryption key, when it has one. @throws CommandFailed */
export async function encryptionForPartner({
  name,
  partner,
}: ConfiguredPartner): Promise<EncryptionKey | undefined> {
  const { encryptToFile: file } = partner
  if (file === undefined) return undefined
  return encryptionKey(await givenText(file, `exchange.partners.${name}.encryptToFile`), file, undefined)
}

/** The keys that the partner's messages are verified with. @throws CommandFailed */
export async function keysOfPartner({
  name,
  partner,
}: ConfiguredPartner): Promise<{ readonly find: FindKey; readonly from: string }> {
  const { jwks, keyFile, secretFile } = partner
  if (jwks !== undefined && /^https?:/.test(jwks)) return keysAt(jwks, 'exchange')
  const file = jwks ?? keyFile ?? secretFile ?? ''
  const way = jwks !== undefined ? 'jwks' : keyFile !== undefined ? 'keyFile' : 'secretFile'
  const text = await givenText(file, `exchange.partners.${name}.${way}`)
  return { find: verificationKeys(text, file, undefined), from: file }
}

/**
 * Remembers a message until its own time would refuse it.
 *
 * INVARIANT: of all who take one message, on every machine of the database, one alone is answered true.
 *
 * @param expires seconds since the epoch
 */
export async function isFirstTime(
  { database }: Platform,
  issuer: string,
  jti: string,
  expires: number,
): Promise<boolean> {
  const once: Once = { kind: 'partner message', name: [issuer, jti], until: expires + usualSkew }
  return (await database.commit([takeOnce(database, once)])).ok
}
