// Two companies and a stranger, each with keys of its own, under one clock that a test moves.
import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { thumbprint } from '@countersign/protocol'
import { createPartners, PartnerError, type PartnerErrorCode, type PartnersOptions } from './index.ts'

export const shopIssuer = 'https://shop.example'
export const acmeIssuer = 'https://acme.example'
export const start = 1_800_000_000

export interface KeyPair {
  readonly privateJwk: Readonly<Record<string, unknown>>
  readonly publicJwk: Readonly<Record<string, unknown>>
}

export function signingPair(): KeyPair {
  return named(generateKeyPairSync('ec', { namedCurve: 'P-256' }), { alg: 'ES256', use: 'sig' })
}

export function encryptionPair(): KeyPair {
  return named(generateKeyPairSync('x25519'), { alg: 'ECDH-ES', use: 'enc' })
}

export function sharedSecret(): Readonly<Record<string, unknown>> {
  return { kty: 'oct', alg: 'HS256', k: randomBytes(32).toString('base64url') }
}

function named(
  pair: { publicKey: KeyObject; privateKey: KeyObject },
  members: Readonly<Record<string, unknown>>,
): KeyPair {
  const publicPart: Readonly<Record<string, unknown>> = { ...pair.publicKey.export({ format: 'jwk' }) }
  const kid = thumbprint(publicPart)
  return {
    privateJwk: { ...pair.privateKey.export({ format: 'jwk' }), kid, ...members },
    publicJwk: { ...publicPart, kid, ...members },
  }
}

export interface Clock {
  now: number
}

/** The shop, which sends, and Acme, which takes; `acme` and `shop` override what each is told. */
export async function twoPartners(
  told: { shop?: Partial<PartnersOptions>; acme?: Partial<PartnersOptions> } = {},
) {
  const clock: Clock = { now: start }
  const now = () => clock.now
  const [shopKey, acmeKey] = [signingPair(), signingPair()]
  const shop = await createPartners({
    self: { issuer: shopIssuer, key: shopKey.privateJwk },
    partners: { acme: { issuer: acmeIssuer, key: acmeKey.publicJwk } },
    now,
    ...told.shop,
  })
  const acme = await createPartners({
    self: { issuer: acmeIssuer, key: acmeKey.privateJwk },
    partners: { shop: { issuer: shopIssuer, key: shopKey.publicJwk } },
    now,
    ...told.acme,
  })
  return { clock, now, shop, acme, shopKey, acmeKey }
}

/** The code with which something is refused; fails when it isn't. */
export async function codeOf(work: Promise<unknown>): Promise<PartnerErrorCode> {
  const outcome = await work.then(
    () => null,
    (error: unknown) => error,
  )
  assert.ok(outcome instanceof PartnerError, `refused with a PartnerError, and not ${String(outcome)}`)
  return outcome.code
}

/** A web server that publishes whatever set `published` holds, and counts who asks. */
export async function publisher(first: readonly unknown[]) {
  const published = { keys: first, asked: 0, isDown: false }
  const server = createServer((_request, response) => {
    published.asked += 1
    if (published.isDown) return void response.writeHead(503).end()
    response.writeHead(200, { 'content-type': 'application/jwk-set+json' })
    response.end(JSON.stringify({ keys: published.keys }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () => {
    server.closeAllConnections()
    return new Promise<void>((resolve) => server.close(() => resolve()))
  }
  return { published, url: `http://127.0.0.1:${port}/jwks.json`, close }
}
