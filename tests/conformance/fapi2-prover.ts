// A client as the FAPI 2.0 profile has them: it proves itself by a key (private_key_jwt), and its tokens are bound to one.
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { digest } from '@countersign/protocol'
import type { Server } from '../harness/server.ts'
import { publicPart, specimen } from '../harness/specimens.ts'
import { forge } from '../harness/token-kinds.ts'
import type { Sent } from '../harness/wire.ts'

export const callback = 'http://localhost:4402/callback'
/** The settings of a server by the profile. */
export const env = { COUNTERSIGN_PROFILE: 'fapi2' } as const

/** Registers a client of this name; its key is the specimen of the name. */
export async function registerProver(server: Server, id: string, ...options: string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-keys-'))
  const jwks = join(folder, 'jwks.json')
  writeFileSync(jwks, JSON.stringify({ keys: [publicPart(specimen('ES256', id).jwk)] }))
  const scopes = ['openid', 'email', 'phone', 'offline_access'].flatMap((name) => ['--scope', name])
  const usual = ['--id', id, '--jwks', jwks, '--redirect-uri', callback, ...scopes]
  await server.countersign('client', 'create', `Client ${id}`, ...usual, ...options)
  rmSync(folder, { recursive: true })
}

const now = (ahead: number): number => Math.floor(Date.now() / 1000) + ahead

/** The fields that prove a client. @param ahead seconds by which the server's clock was moved */
export function proofOf(server: Pick<Server, 'issuer'>, id: string, ahead = 0): Sent {
  const { key } = specimen('ES256', id)
  const claims = { iss: id, sub: id, aud: server.issuer, jti: randomUUID(), exp: now(ahead) + 60 }
  return {
    client_id: id,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: forge({ alg: 'ES256', kid: key.kid, typ: 'client-authentication+jwt' }, claims, key),
  }
}

/** The header that binds what a request asks for, or shows the key of the token that it brings. */
export function dpop(
  server: Pick<Server, 'issuer'>,
  method: string,
  path: string,
  { token, ahead = 0 }: { readonly token?: string; readonly ahead?: number } = {},
): { readonly dpop: string } {
  const { key } = specimen('ES256', 'holder')
  const ath = token === undefined ? {} : { ath: digest(token) }
  const claims = { jti: randomUUID(), htm: method, htu: `${server.issuer}${path}`, iat: now(ahead), ...ath }
  return { dpop: forge({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.members }, claims, key) }
}
