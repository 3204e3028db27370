// Keys that an issuer publishes (RFC 8414 §3, OpenID Connect Discovery §4, RFC 7517 §5), fetched for the one person who
// named the address. It is that person's own address, so it may be of a private network; else as careful as the verifier.
import {
  decodeStrictJson,
  type FindKey,
  importJwkSet,
  isJsonObject,
  isLoopback,
  KeyError,
} from '@countersign/protocol'
import { CommandFailed, UsageError } from '../context.ts'

const timeoutMs = 5000
const mostBytes = 256 * 1024

/** Keys, and where they are from. */
export interface PublishedKeys {
  readonly find: FindKey
  readonly from: string
}

/** The keys of a JWK Set at an address. @throws UsageError, CommandFailed */
export async function keysAt(address: string, option: string): Promise<PublishedKeys> {
  // As it is asked for: what is told of an address that a stranger wrote holds nothing that a terminal obeys.
  const url = new URL(checked(address, option)).href
  const value = await fetchJson(url)
  try {
    const set = importJwkSet(value)
    if (set.keys.length > 0) return { find: (header) => set.find(header), from: url }
    throw unfit(url, 'There is no key in it that signatures could be verified with.')
  } catch (error) {
    if (!(error instanceof KeyError)) throw error
    throw unfit(url, 'It is no set of public signature keys.')
  }
}

/** The keys that an issuer's metadata points to. @throws UsageError, CommandFailed */
export async function keysOfIssuer(issuer: string): Promise<PublishedKeys> {
  const base = checked(issuer, '--issuer')
  const openid = `${base.replace(/\/$/, '')}/.well-known/openid-configuration`
  const oauth = `${new URL(base).origin}/.well-known/oauth-authorization-server${new URL(base).pathname.replace(/\/$/, '')}`
  const metadata = await fetchJson(openid).catch((error: unknown) => {
    // A plain OAuth server has only the second of the two documents.
    if (error instanceof NotThere) return fetchJson(oauth)
    throw error
  })
  if (!isJsonObject(metadata) || metadata['issuer'] !== issuer) {
    throw unfit(
      issuer,
      'Its metadata is of another issuer: the address has to be the issuer byte for byte, slash or none at its end.',
    )
  }
  const { jwks_uri: address } = metadata
  if (typeof address !== 'string') throw unfit(issuer, 'Its metadata names no keys.')
  return keysAt(address, '--issuer')
}

function checked(url: string, option: string): string {
  if (!URL.canParse(url)) throw new UsageError(`${option}: an https address was expected.`)
  const { protocol } = new URL(url)
  // Keys that travel over plain http can be replaced on the way; loopback never leaves the machine.
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback(url))) {
    throw new UsageError(`${option}: an https address was expected; plain http is for this machine only.`)
  }
  return url
}

class NotThere extends CommandFailed {}

async function fetchJson(url: string): Promise<unknown> {
  let response: Response
  try {
    response = await fetch(url, {
      redirect: 'error',
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(timeoutMs),
    })
  } catch (error) {
    const late = error instanceof Error && error.name === 'TimeoutError'
    throw unfit(
      url,
      late
        ? 'It did not answer within five seconds.'
        : 'Nothing answers there, or it redirects, which is not followed.',
    )
  }
  if (response.status === 404)
    throw new NotThere('The keys can’t be had.', [finding(url, 'Nothing is there (HTTP 404).')])
  if (response.status !== 200) throw unfit(url, `It answers HTTP ${response.status}.`)
  try {
    return decodeStrictJson(await bounded(response))
  } catch {
    throw unfit(url, 'What it answers is no JSON, or far too long.')
  }
}

async function bounded(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > mostBytes) throw new RangeError('too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function unfit(path: string, message: string): CommandFailed {
  return new CommandFailed('The keys can’t be had.', [finding(path, message)])
}

const finding = (path: string, message: string) => ({ path, code: 'keys_unavailable', message })
