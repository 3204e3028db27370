// `countersign jwt keygen`: a key as a JWK or PEM. The private half goes to a file that its owner alone reads, or to
// standard output for whoever pipes it on.
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { existsSync } from 'node:fs'
import { importPublicJwk, isJwsAlgorithm, type JwsAlgorithm, thumbprint } from '@countersign/protocol'
import type { ContentEncryption, KeyManagementAlgorithm } from '@countersign/protocol/jwe'
import type { Command } from 'commander'
import { KeyNotMade, makeKey } from '../../../platform/keys/new-key.ts'
import { systemRuntime } from '../../../platform/runtime.ts'
import { CommandFailed, terminalOf, UsageError } from '../context.ts'
import { givenText } from '../jwt/given.ts'
import { type Jwk, oneJwk, publicPart } from '../jwt/keys.ts'
import { dim, green, yellow } from '../terminal.ts'
import { wholeText } from '../whole-file.ts'

interface KeygenOptions {
  readonly alg: JwsAlgorithm | KeyManagementAlgorithm
  readonly crv?: string
  readonly bits: string
  readonly enc?: ContentEncryption
  readonly kid?: string
  readonly out?: string
  readonly public?: string
  readonly jwks?: true
  readonly pem?: true
}

export async function keygen(options: KeygenOptions, command: Command): Promise<void> {
  if (options.jwks === true && options.pem === true)
    throw new UsageError('--jwks and --pem: a JWK Set holds JWKs.')
  if (options.public !== undefined) return showPublic(options.public, options, command)
  if (options.jwks === true && options.out === undefined)
    throw new UsageError(
      '--jwks: a published set holds no private key; give --out for that, or --public for an old key.',
    )
  const jwk = await made(options)
  if (options.pem === true && jwk['kty'] === 'oct') throw new UsageError('--pem: a shared secret has no PEM.')
  const secret = options.pem === true ? privatePem(jwk) : `${JSON.stringify(jwk, null, 2)}\n`
  if (options.out === undefined) return showPrivate(jwk, secret, options, command)
  await written(options.out, secret)
  const isShared = jwk['kty'] === 'oct'
  const value = isShared ? { kid: jwk['kid'], alg: jwk['alg'] } : published(publicPart(jwk), options)
  const out = terminalOf(command)
  out.show({ file: options.out, public: value }, isShared ? [] : [publicText(publicPart(jwk), options)])
  if (out.json || !process.stderr.isTTY) return
  const shared = isShared ? ' It is a shared secret: give it to one partner alone, over a safe way.' : ''
  process.stderr.write(`  ${green('written')} ${options.out}${dim(`, readable by you alone.${shared}`)}\n`)
}

async function made({ alg, crv, bits, enc, kid }: KeygenOptions): Promise<Jwk> {
  if (enc !== undefined && alg !== 'dir') throw new UsageError('--enc: only a key for dir is for one cipher.')
  try {
    const wish = {
      alg,
      bits: Number(bits),
      ...(crv === undefined ? {} : { crv }),
      ...(enc === undefined ? {} : { enc }),
    }
    const jwk = await makeKey(wish, systemRuntime())
    return kid === undefined ? jwk : { ...jwk, kid }
  } catch (error) {
    if (!(error instanceof KeyNotMade)) throw error
    if (crv !== undefined) throw new UsageError(`--crv: ${error.message}`)
    throw new CommandFailed(error.message)
  }
}

function showPrivate(jwk: Jwk, secret: string, options: KeygenOptions, command: Command): void {
  const out = terminalOf(command)
  out.show(options.pem === true ? { pem: secret } : jwk, [secret.trimEnd()])
  if (!out.json && process.stderr.isTTY)
    process.stderr.write(
      `  ${yellow('!')} ${dim('This is the private key. --out writes it into a file that you alone can read.')}\n`,
    )
}

async function showPublic(file: string, options: KeygenOptions, command: Command): Promise<void> {
  const jwk = publicPart(oneJwk(await givenText(file, 'Key'), file))
  const named = { ...jwk, ...(jwk['kid'] === undefined ? { kid: options.kid ?? thumbprint(jwk) } : {}) }
  terminalOf(command).show(published(named, options), [publicText(named, options)])
}

function published(jwk: Jwk, { jwks, pem }: KeygenOptions): unknown {
  if (pem === true) return { pem: publicPem(jwk) }
  return jwks === true ? { keys: [jwk] } : jwk
}

function publicText(jwk: Jwk, options: KeygenOptions): string {
  return options.pem === true ? publicPem(jwk).trimEnd() : JSON.stringify(published(jwk, options), null, 2)
}

function privatePem(jwk: Jwk): string {
  return createPrivateKey({ key: { ...jwk }, format: 'jwk' }).export({
    type: 'pkcs8',
    format: 'pem',
  }) as string
}

function publicPem(jwk: Jwk): string {
  // The importer first: what it would refuse is not worth publishing.
  if (isJwsAlgorithm(jwk['alg'])) importPublicJwk(jwk, jwk['alg'])
  return createPublicKey({ key: { ...jwk }, format: 'jwk' }).export({ type: 'spki', format: 'pem' }) as string
}

/** Never over a file: what it held may be the only copy of a key. */
async function written(file: string, secret: string): Promise<void> {
  if (existsSync(file))
    throw new CommandFailed('The key was not written.', [
      {
        path: file,
        code: 'exists',
        message: 'There is such a file already, and it may hold the only copy of a key.',
      },
    ])
  await wholeText(file, secret, { mode: 0o600 })
}
