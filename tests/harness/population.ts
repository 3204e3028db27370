// Whom an installation knows in tests that are about faults, races and attacks: people, two APIs (one with opaque
// tokens), and a client of every kind. Planted through the server's own rooms, since no operator's command makes them all.
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { importPrivateJwk, type SigningKey, signToken } from '@countersign/protocol'
import { passwordsOf } from '../../packages/server/src/accounts/credentials/passwords.ts'
import { createUser } from '../../packages/server/src/accounts/users/create-user.ts'
import { createApi } from '../../packages/server/src/oauth/apis/registration.ts'
import { type ClientDescription, createClient } from '../../packages/server/src/oauth/clients/registration.ts'
import { type Installation, issuer } from './installation.ts'

export interface Inhabitant {
  readonly id: string
  readonly username: string
  readonly password: string
}

/** Its tokens are JWTs. */
export const bank = 'https://bank.example.test/api'
/** Its tokens are opaque. */
export const vault = 'https://vault.example.test/api'
export const callback = 'https://app.example.test/callback'

const web = 'web-secret-0123456789-0123456789-0123'
const machine = 'machine-secret-0123456789-0123456789'
const guard = 'guard-secret-0123456789-0123456789-01'

/** The `Authorization` of the confidential clients. */
export const credentials = {
  /** Signs people in; its consent is remembered. */
  web: basic('web', web),
  /** Gets opaque tokens for itself. */
  machine: basic('machine', machine),
  /** The vault's own: introspects what is made for it. */
  guard: basic('guard', guard),
} as const

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const privateJwk = { ...privateKey.export({ format: 'jwk' }), kid: 'signer-1', alg: 'ES256' }
/** The key of the client `signer`, which authenticates by private_key_jwt. */
const signer: SigningKey = importPrivateJwk(privateJwk)

/** A client assertion of `signer`, good once (RFC 7523). */
export function assertion(jti: string = randomUUID()): string {
  const now = Math.floor(Date.now() / 1000)
  const claims = { iss: 'signer', sub: 'signer', aud: issuer, jti, iat: now, exp: now + 60 }
  return signToken('clientAssertion', claims, signer)
}

const clients: readonly (ClientDescription & { readonly id: string })[] = [
  {
    id: 'web',
    name: 'Web',
    secret: web,
    redirectUris: [callback],
    scopes: ['openid', 'profile', 'email', 'offline_access', 'accounts:read'],
  },
  {
    id: 'spa',
    name: 'Single page',
    authentication: 'none',
    redirectUris: [callback],
    scopes: ['openid', 'profile', 'offline_access', 'accounts:read'],
  },
  { id: 'machine', name: 'Machine', secret: machine, scopes: ['vault:read'] },
  { id: 'guard', name: 'Guard', secret: guard, api: vault },
  {
    id: 'signer',
    name: 'Signer',
    authentication: 'private_key_jwt',
    jwks: { keys: [publicOf(privateJwk)] },
    grants: ['client_credentials'],
    scopes: ['accounts:read'],
  },
]

/** Plants everything; the people are `person0`, `person1`, … */
export async function populate(
  installation: Installation,
  people: number,
  more: readonly ClientDescription[] = [],
): Promise<readonly Inhabitant[]> {
  return installation.within(async (platform) => {
    const jwtScope = { name: 'accounts:read', description: 'See your accounts' }
    const opaqueScope = { name: 'vault:read', description: 'See your vault' }
    planted(await createApi(platform, { identifier: bank, name: 'Bank', scopes: [jwtScope] }))
    planted(
      await createApi(platform, {
        identifier: vault,
        name: 'Vault',
        scopes: [opaqueScope],
        tokenFormat: 'opaque',
        accessTokenSeconds: 3600,
      }),
    )
    for (const client of [...clients, ...more]) planted(await createClient(platform, client))
    const passwords = passwordsOf(platform)
    const made = Array.from({ length: people }, (_, index) => ({
      id: `usr_person${index}`,
      username: `person${index}`,
      password: `quiet-lantern-harbour-${index}`,
    }))
    for (const person of made) {
      const description = { ...person, name: `Person ${person.username}`, emailVerified: false }
      planted(await createUser(platform, passwords, description))
    }
    return made
  })
}

function planted(result: {
  readonly ok: boolean
  readonly findings?: readonly { readonly message: string }[]
}) {
  if (!result.ok) throw new Error(`Not planted: ${result.findings?.map(({ message }) => message).join('; ')}`)
}

export function basic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
}

function publicOf({ d: _, ...jwk }: Record<string, unknown>): Record<string, unknown> {
  return jwk
}
