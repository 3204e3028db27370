// What a development server knows from its first start: four people, four clients, one API.
// Their ids and secrets are public; `countersign start` never has them.
import { deviceGrant } from '@countersign/protocol'
import { defineRole, grantRole } from '../access/roles.store.ts'
import type { Passwords } from '../accounts/credentials/passwords.ts'
import { createUser } from '../accounts/users/create-user.ts'
import { userById } from '../accounts/users/users.store.ts'
import type { Api } from '../oauth/apis/api.ts'
import { allApis, deleteApi } from '../oauth/apis/apis.store.ts'
import { type ApiDescription, createApi } from '../oauth/apis/registration.ts'
import { clientById, deleteClient } from '../oauth/clients/clients.store.ts'
import type { ClientDescription } from '../oauth/clients/registration.ts'
import { createClient } from '../oauth/clients/registration.ts'
import type { Platform } from '../platform/platform.ts'
import { administratorRole } from './bootstrap.ts'

/** The password of everybody in development. */
export const seededPassword = 'analytical-engine-1843'

interface Seed {
  readonly username: string
  readonly email: string
  readonly name: string
  readonly title: string
  readonly role?: string
  readonly claims?: Readonly<Record<string, unknown>>
}

const address = {
  formatted: '12 St James’s Square\nLondon SW1Y 4JH\nUnited Kingdom',
  street_address: '12 St James’s Square',
  locality: 'London',
  region: 'England',
  postal_code: 'SW1Y 4JH',
  country: 'United Kingdom',
}

/** Every standard claim of OpenID Connect Core §5.1 beyond name and e-mail. */
const everyClaim = (given: string, middle: string, family: string, username: string, birthdate: string) => ({
  given_name: given,
  middle_name: middle,
  family_name: family,
  nickname: given,
  profile: `https://people.example.test/${username}`,
  picture: `https://people.example.test/${username}.png`,
  website: `https://${username}.example.test`,
  gender: 'female',
  birthdate,
  zoneinfo: 'Europe/London',
  locale: 'en-GB',
  phone_number: '+442079460018',
  phone_number_verified: true,
  address,
})

/** The people of a development server. */
export const seededPeople: readonly Seed[] = [
  {
    username: 'ada',
    email: 'ada@example.test',
    name: 'Ada Lovelace',
    title: 'customer',
    claims: everyClaim('Ada', 'King', 'Lovelace', 'ada', '1815-12-10'),
  },
  {
    username: 'grace',
    email: 'grace@example.test',
    name: 'Grace Hopper',
    title: 'customer',
    claims: everyClaim('Grace', 'Brewster', 'Hopper', 'grace', '1906-12-09'),
  },
  { username: 'tim', email: 'tim@example.test', name: 'Tim Teller', title: 'teller', role: 'teller' },
  { username: 'admin', email: 'admin@example.test', name: 'Admin', title: 'administrator', role: 'admin' },
]

const roles = [
  { name: 'teller', description: 'Sees every account of the sample bank' },
  administratorRole,
] as const

type SeededClient = ClientDescription & { readonly id: string; readonly what: string }

const identity = ['openid', 'profile', 'email', 'address', 'phone', 'roles', 'offline_access']
const bankScopes = ['accounts:read', 'transfers:write']

/** @param bank the sample bank's origin */
export function seededClients({ bank }: { readonly bank: string }): readonly SeededClient[] {
  return [
    {
      id: 'demo-spa',
      what: 'public, PKCE: the sample bank in the browser',
      name: 'Sample Bank',
      authentication: 'none',
      redirectUris: [`${bank}/callback`],
      postLogoutRedirectUris: [`${bank}/`],
      scopes: [...identity, ...bankScopes],
    },
    {
      id: 'demo-native',
      what: 'public: an application on this computer, any loopback port, or on a device without a browser',
      name: 'Demo Desktop',
      authentication: 'none',
      grants: ['authorization_code', 'refresh_token', deviceGrant],
      redirectUris: ['http://127.0.0.1/callback'],
      scopes: [...identity, ...bankScopes],
    },
    {
      id: 'demo-web',
      what: 'confidential: secret demo-web-secret-0123456789abcdef',
      name: 'Demo Web',
      secret: 'demo-web-secret-0123456789abcdef',
      redirectUris: ['http://localhost:4402/callback'],
      postLogoutRedirectUris: ['http://localhost:4402/'],
      scopes: [...identity, ...bankScopes],
    },
    {
      id: 'demo-machine',
      what: 'client credentials: secret demo-machine-secret-0123456789abcdef',
      name: 'Demo Machine',
      secret: 'demo-machine-secret-0123456789abcdef',
      grants: ['client_credentials'],
      scopes: bankScopes,
      api: `${bank}/api`,
    },
  ]
}

/**
 * Adds whatever of the seed is missing; what somebody changed since stays, but addresses follow the ports, and the
 * grants that are stated here follow this.
 */
export async function seed(platform: Platform, passwords: Passwords, bank: string): Promise<void> {
  const { database } = platform
  const api = bankApi(bank)
  await database.commit(
    (await allApis(database)).filter(movedFrom(api)).map(({ identifier }) => deleteApi(database, identifier)),
  )
  orThrow(await createApi(platform, api))
  await database.commit(roles.map((role) => defineRole(database, role)))
  for (const { what: _, ...client } of seededClients({ bank })) await seedClient(platform, client)
  await Promise.all(seededPeople.map((person) => seedPerson(platform, passwords, person)))
}

const bankApi = (bank: string): ApiDescription => ({
  identifier: `${bank}/api`,
  name: 'Sample Bank',
  scopes: [
    { name: 'accounts:read', description: 'See your accounts and what moved on them' },
    { name: 'transfers:write', description: 'Send money from your accounts' },
  ],
})

/** Whether an API is the bank's at another port: a scope belongs to one API. */
const movedFrom =
  (api: ApiDescription) =>
  (other: Api): boolean =>
    other.identifier !== api.identifier && other.scopes.some(({ name }) => name === api.scopes?.[0]?.name)

async function seedClient(
  platform: Platform,
  client: ClientDescription & { readonly id: string },
): Promise<void> {
  const known = await clientById(platform.database, client.id)
  const moved =
    known !== undefined &&
    (String(known.redirectUris) !== String(client.redirectUris ?? []) ||
      known.api !== (client.api ?? null) ||
      (client.grants !== undefined && String(known.grants) !== String(client.grants)))
  if (moved) await platform.database.commit([deleteClient(platform, client.id)])
  if (known !== undefined && !moved) return
  const made = await createClient(platform, client)
  if (!made.ok && (await clientById(platform.database, client.id)) === undefined) orThrow(made)
}

async function seedPerson(platform: Platform, passwords: Passwords, person: Seed): Promise<void> {
  const id = `usr_${person.username}`
  if ((await userById(platform.database, id)) !== null) return
  const { username, email, name, claims, role } = person
  const description = { id, username, email, name, claims, emailVerified: true, password: seededPassword }
  const made = await createUser(platform, passwords, description, (user) => [
    role === undefined ? null : grantRole(platform.database, user.id, role),
  ])
  // Of several processes that start on one new database, one makes each of them.
  if (made.ok || (await userById(platform.database, id)) !== null) return
  orThrow(made)
}

function orThrow(result: {
  readonly ok: boolean
  readonly findings?: readonly { readonly message: string }[]
}): void {
  if (!result.ok)
    throw new Error(`The seed is wrong: ${result.findings?.map(({ message }) => message).join('; ')}`)
}
