// A realm of a real Keycloak with people in it who have what people get by its own pages: passwords, an authenticator
// application, a passkey; and roles, groups and clients by its own API.

import { Secret, TOTP } from 'otpauth'
import { Authenticator } from '../../harness/authenticator.ts'
import { Person, type Seen } from '../../harness/person.ts'

export const password = 'analytical-engine-1843'
const redirectUri = 'http://localhost:9/cb'

/** What nobody can read in an export. */
export interface MadeRealm {
  /** The letters of the second factor of `grace`. */
  readonly secret: string
  /** The private key of the passkey of `kay`, in PKCS #8 (PEM), and what it is called. */
  readonly passkey: { readonly id: string; readonly privateKey: string; readonly userHandle: string }
  /** By the ids of clients. */
  readonly clientSecrets: Readonly<Record<string, string>>
}

/** Makes the realm `shop` at a Keycloak that is running. @param origin such as `http://localhost:8080` */
export async function makeRealm(origin: string): Promise<MadeRealm> {
  const ask = await administrator(origin)
  await ask('POST', '/admin/realms', {
    realm: 'shop',
    enabled: true,
    roles: {
      realm: [
        { name: 'clerk', description: 'Clerks' },
        { name: 'chief', composite: true, composites: { realm: ['clerk'] } },
      ],
    },
    groups: [{ name: 'staff', realmRoles: ['clerk'], subGroups: [{ name: 'night' }] }],
    clients: [
      {
        clientId: 'site',
        name: 'The Site',
        redirectUris: ['https://site.example.test/cb', redirectUri],
        standardFlowEnabled: true,
      },
      {
        clientId: 'page',
        publicClient: true,
        redirectUris: ['https://page.example.test/*', 'https://page.example.test/cb'],
      },
      { clientId: 'machine', serviceAccountsEnabled: true, standardFlowEnabled: false },
      { clientId: 'api', bearerOnly: true },
    ],
  })
  const people = {
    ada: { firstName: 'Ada', lastName: 'Lovelace', emailVerified: true, groups: ['/staff/night'] },
    grace: { requiredActions: ['CONFIGURE_TOTP'] },
    kay: { requiredActions: ['webauthn-register-passwordless'] },
    idle: { enabled: false },
  }
  for (const [username, more] of Object.entries(people))
    await ask('POST', '/admin/realms/shop/users', {
      username,
      email: `${username}@example.test`,
      firstName: username,
      lastName: 'Somebody',
      enabled: true,
      credentials: [{ type: 'password', value: password }],
      ...more,
    })
  await giveRole(ask, 'ada', 'chief')
  const clients = (await ask('GET', '/admin/realms/shop/clients')) as readonly Record<string, string>[]
  const clientSecrets = Object.fromEntries(
    clients.flatMap(({ clientId = '', secret }) => (secret === undefined ? [] : [[clientId, secret]])),
  )
  return { secret: await setUpCode(origin), passkey: await setUpPasskey(origin), clientSecrets }
}

type Ask = (method: string, path: string, body?: unknown) => Promise<unknown>

async function administrator(origin: string): Promise<Ask> {
  const form = { grant_type: 'password', client_id: 'admin-cli', username: 'admin', password }
  const response = await fetch(`${origin}/realms/master/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
  })
  const { access_token: token } = (await response.json()) as { access_token: string }
  return async (method, path, body) => {
    const answer = await fetch(origin + path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    return text === '' ? null : JSON.parse(text)
  }
}

async function giveRole(ask: Ask, username: string, name: string): Promise<void> {
  const [user] = (await ask('GET', `/admin/realms/shop/users?username=${username}`)) as [{ id: string }]
  const role = await ask('GET', `/admin/realms/shop/roles/${name}`)
  await ask('POST', `/admin/realms/shop/users/${user.id}/role-mappings/realm`, [role])
}

/** Signs in as far as the page on which something has to be set up. */
async function signIn(origin: string, username: string): Promise<{ person: Person; page: Seen }> {
  const person = new Person(redirectUri)
  const asked = new URLSearchParams({
    client_id: 'site',
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid',
  })
  const page = await person.open(`${origin}/realms/shop/protocol/openid-connect/auth?${asked}`)
  return { person, page: await person.submit(page, { username, password }) }
}

async function setUpCode(origin: string): Promise<string> {
  const { person, page } = await signIn(origin, 'grace')
  const secret = page.forms.find(({ fields }) => fields.has('totpSecret'))?.fields.get('totpSecret') ?? ''
  const totp = new TOTP({ secret: new Secret({ buffer: new TextEncoder().encode(secret).buffer }) })
  const done = await person.submit(page, { totp: totp.generate(), userLabel: 'phone' })
  if (done.left === undefined) throw new Error(`Keycloak did not take the code: ${done.url.pathname}`)
  return secret
}

async function setUpPasskey(origin: string): Promise<MadeRealm['passkey']> {
  const { person, page } = await signIn(origin, 'kay')
  const told = (name: string): string =>
    new RegExp(`\\b${name}\\s*:\\s*['"]([^'"]*)['"]`).exec(page.html)?.[1] ?? ''
  const authenticator = new Authenticator({ origin })
  const made = JSON.parse(
    authenticator.create({
      challenge: told('challenge'),
      rp: { id: new URL(origin).hostname },
      user: { id: told('userid') },
    }),
  ) as { id: string; response: Record<string, string> }
  const done = await person.submit(page, {
    clientDataJSON: made.response['clientDataJSON'] ?? '',
    attestationObject: made.response['attestationObject'] ?? '',
    publicKeyCredentialId: made.id,
    authenticatorLabel: 'Key',
    transports: 'internal,hybrid',
  })
  const [key] = authenticator.made
  if (done.left === undefined || key === undefined) throw new Error('Keycloak did not take the passkey.')
  const privateKey = key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { id: key.id, privateKey, userHandle: key.userHandle }
}
