// `countersign jwt sign`: claims become a token of one kind.
import {
  type AddressedKind,
  checkClaims,
  type JwsAlgorithm,
  type KindRow,
  maximumMintedLength,
  peekUnverified,
  type SigningKey,
  signToken,
  type TokenClaims,
  tokenKinds,
} from '@countersign/protocol'
import { type EncryptionKey, encryptToken } from '@countersign/protocol/jwe'
import type { Command } from 'commander'
import { spanWords } from '../../../platform/html/words.ts'
import { type Runtime, systemRuntime } from '../../../platform/runtime.ts'
import { kindNames } from '../../inspector/refusal-words.ts'
import { number } from '../../inspector/value-words.ts'
import { CommandFailed, terminalOf, UsageError } from '../context.ts'
import { asJson, asJsonObject, givenSeconds, givenText, refuseSharedInput } from '../jwt/given.ts'
import { encryptionKey, signingKey } from '../jwt/keys.ts'
import { capital } from '../jwt/layout.ts'
import { configuredPartner, encryptionForPartner, keyForPartner } from '../jwt/partners.ts'
import { cookieLimit } from '../jwt/size.ts'
import { dim, yellow } from '../terminal.ts'

interface SignOptions {
  readonly key?: string
  readonly alg?: JwsAlgorithm
  readonly kind: AddressedKind
  readonly lifetime: string
  readonly encryptTo?: string
  readonly partner?: string
}

/** What is to be signed, with what. */
interface Order {
  readonly kind: AddressedKind
  readonly claims: Readonly<Record<string, unknown>>
  readonly key: SigningKey
  readonly encryptTo: EncryptionKey | undefined
}

/** @param file where the claims are; standard input without one */
export async function sign(file: string | undefined, options: SignOptions, command: Command): Promise<void> {
  refuseSharedInput({ claims: file ?? '-', '--key': options.key, '--encrypt-to': options.encryptTo })
  const runtime = systemRuntime()
  const order =
    options.partner === undefined
      ? await ownOrder(file, options, runtime)
      : await partnerOrder(file, { ...options, partner: options.partner }, command, runtime)
  const token = await made(order)
  const out = terminalOf(command)
  const { exp } = order.claims
  out.show(
    {
      token,
      kind: order.kind,
      alg: order.key.alg,
      kid: order.key.kid ?? null,
      bytes: token.length,
      encrypted: order.encryptTo !== undefined,
      expiresAt: exp ?? null,
    },
    [token],
  )
  if (out.json) return
  const lines = [...(process.stderr.isTTY ? [summary(order, token, runtime)] : []), ...warnings(token)]
  for (const line of lines) process.stderr.write(`${line}\n`)
}

async function ownOrder(file: string | undefined, options: SignOptions, runtime: Runtime): Promise<Order> {
  const { key: keyFile, alg, kind, encryptTo: encryptionFile } = options
  if (keyFile === undefined)
    throw new UsageError('--key: name the file of the private key; countersign jwt keygen --out makes one.')
  const lifetime = givenSeconds('--lifetime', options.lifetime)
  const key = signingKey(await givenText(keyFile, 'Key'), keyFile, alg)
  const encryptTo =
    encryptionFile === undefined
      ? undefined
      : await encryptionKey(await givenText(encryptionFile, 'Key'), encryptionFile, undefined)
  const given = asJsonObject(await givenText(file, 'Claims'), 'claims')
  return { kind, key, encryptTo, claims: completed(kind, given, lifetime, runtime) }
}

async function partnerOrder(
  file: string | undefined,
  options: SignOptions & { readonly partner: string },
  command: Command,
  runtime: Runtime,
): Promise<Order> {
  if (options.key !== undefined || options.encryptTo !== undefined)
    throw new UsageError(
      '--partner: its keys are those of the configuration; leave out --key and --encrypt-to.',
    )
  const partner = await configuredPartner(options.partner, command)
  const lifetime = givenSeconds('--lifetime', options.lifetime)
  const [key, encryptTo] = [await keyForPartner(partner), await encryptionForPartner(partner)]
  const message = asJson(await givenText(file, 'Message'), 'message')
  const claims = { iss: partner.self, aud: partner.partner.issuer, message }
  return {
    kind: 'partnerMessage',
    key,
    encryptTo,
    claims: completed('partnerMessage', claims, lifetime, runtime),
  }
}

/** Adds what every token of the kind needs and nobody writes by hand; what is given stays as it is. */
function completed(
  kind: AddressedKind,
  given: Readonly<Record<string, unknown>>,
  lifetime: number,
  runtime: Runtime,
): Readonly<Record<string, unknown>> {
  const row: KindRow = tokenKinds[kind]
  const iat = given['iat'] ?? runtime.now()
  const ends = row.required.includes('exp')
  return {
    ...given,
    iat,
    ...(ends && given['exp'] === undefined && typeof iat === 'number' ? { exp: iat + lifetime } : {}),
    ...(row.required.includes('jti') && given['jti'] === undefined ? { jti: runtime.secret(16) } : {}),
  }
}

async function made({ kind, claims, key, encryptTo }: Order): Promise<string> {
  const fault = checkClaims(kind, claims) ?? lifetimeFault(kind, claims)
  if (fault !== null) {
    throw new CommandFailed(`These claims don’t make ${kindNames[kind]}.`, [
      { path: `--kind ${kind}`, code: fault.code, message: faultWords(kind, fault) },
    ])
  }
  try {
    const signed = signToken(kind, claims as TokenClaims[typeof kind], key)
    if (peekUnverified(signed) === null) {
      throw new CommandFailed('No verifier would read this token.', [
        {
          path: 'claims',
          code: 'unreadable',
          message: 'They are nested too deep: twenty levels is the most.',
        },
      ])
    }
    const token = encryptTo === undefined ? signed : await encryptToken(signed, encryptTo)
    if (token.length > maximumMintedLength) throw new RangeError(String(token.length))
    return token
  } catch (error) {
    if (error instanceof CommandFailed) throw error
    if (error instanceof RangeError) {
      throw new CommandFailed('The token would be too large.', [
        {
          path: 'claims',
          code: 'too_large',
          message: `It would have more than the ${number(maximumMintedLength)} bytes that are minted: many servers refuse headers of 8 kB. countersign jwt size shows what each claim costs.`,
        },
      ])
    }
    if (!(error instanceof TypeError)) throw error
    throw new CommandFailed('The token was not signed.', [
      {
        path: '--key',
        code: 'shared_secret',
        message: `${capital(kindNames[kind])} is signed with a key pair: a shared secret is for partners’ messages alone.`,
      },
    ])
  }
}

function lifetimeFault(
  kind: AddressedKind,
  { exp, iat }: Readonly<Record<string, unknown>>,
): { readonly code: string; readonly detail: string } | null {
  const { maximumLifetime: most }: KindRow = tokenKinds[kind]
  if (most === undefined || typeof exp !== 'number' || typeof iat !== 'number' || exp - iat <= most)
    return null
  return { code: 'lifetime', detail: `lives longer than ${spanWords(most)}, and would be refused` }
}

function faultWords(
  kind: AddressedKind,
  { code, detail }: { readonly code: string; readonly detail: string },
): string {
  const name = kindNames[kind]
  switch (code) {
    case 'missing_claim':
      return `For ${name}, these are missing: ${detail.split(' ').join(', ')}.`
    case 'bad_claim':
      return `The claim ${detail} has another shape than its definition gives it.`
    default:
      return `For ${name}, something is out of place: it ${detail}.`
  }
}

function summary({ kind, claims, key, encryptTo }: Order, token: string, runtime: Runtime): string {
  const { exp } = claims
  const life = typeof exp === 'number' ? `, good for ${spanWords(Math.max(0, exp - runtime.now()))}` : ''
  const sealed = encryptTo === undefined ? '' : `, encrypted with ${encryptTo.alg}`
  return dim(`  ${capital(kindNames[kind])}, ${number(token.length)} bytes, ${key.alg}${sealed}${life}`)
}

/** What also a script's author has to know. */
function warnings(token: string): string[] {
  return token.length > cookieLimit
    ? [`  ${yellow('!')} Past ${number(cookieLimit)} bytes a browser drops it as a cookie.`]
    : []
}
