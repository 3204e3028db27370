// Better Auth with people and clients in its database, by its own calls; and Auth.js with somebody who signed in with Google,
// by the calls that it makes of its adapter for TypeORM.
import { DatabaseSync } from 'node:sqlite'
import { TypeORMAdapter } from '@auth/typeorm-adapter'
import { oauthProvider } from '@better-auth/oauth-provider'
import { passkey } from '@better-auth/passkey'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { admin, jwt, twoFactor, username } from 'better-auth/plugins'

const origin = 'http://localhost:4400'
const password = 'analytical-engine-1843'

/** The header that sends back what an answer has a browser keep. */
function kept(headers, before = '') {
  const cookies = headers.getSetCookie().map((line) => line.split(';', 1)[0])
  return new Headers({ origin, cookie: [before, ...cookies].filter((one) => one !== '').join('; ') })
}

/** Secrets of clients are hashed where it signs ID tokens with its own keys, and encrypted where it does so with theirs. */
async function open(file, secret, isHashed) {
  const auth = betterAuth({
    baseURL: origin,
    secret,
    database: new DatabaseSync(file),
    emailAndPassword: { enabled: true },
    socialProviders: { google: { clientId: 'client', clientSecret: 'secret' } },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    // It misses the tables that are made a moment later.
    logger: { disabled: true },
    plugins: [
      username(),
      admin(),
      twoFactor({ issuer: 'The old one' }),
      passkey({ rpID: 'localhost', origin }),
      ...(isHashed ? [jwt()] : []),
      oauthProvider({
        loginPage: '/sign-in',
        consentPage: '/consent',
        disableJwtPlugin: !isHashed,
        silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true },
      }),
    ],
  })
  const { runMigrations } = await getMigrations(auth.options)
  await runMigrations()
  return auth
}

async function signUp(auth, name, more = {}) {
  const { headers, response } = await auth.api.signUpEmail({
    body: { email: `${name}@example.test`, name, password, ...more },
    headers: new Headers({ origin }),
    returnHeaders: true,
  })
  return { id: response.user.id, headers: kept(headers) }
}

/** @returns the URI of the second factor, and the clients, by what their secrets are */
export async function makeBetterAuth({ file, secret, isHashed, authenticator, codeOf }) {
  const auth = await open(file, secret, isHashed)
  const context = await auth.$context
  await signUp(auth, 'plain', { username: 'plain_name' })
  const linked = await signUp(auth, 'linked')
  await context.internalAdapter.createAccount({ userId: linked.id, providerId: 'google', accountId: '4242' })
  const banned = await signUp(auth, 'banned')
  await context.internalAdapter.updateUser(banned.id, { banned: true, role: 'admin,user' })

  const factor = await signUp(auth, 'factor')
  const enabled = await auth.api.enableTwoFactor({ body: { password }, headers: factor.headers })
  const { totpURI } = enabled
  await auth.api.verifyTOTP({ body: { code: codeOf(totpURI) }, headers: factor.headers })
  // Begun and never confirmed with a code.
  const begun = await signUp(auth, 'begun')
  await auth.api.enableTwoFactor({ body: { password }, headers: begun.headers })

  const keyed = await signUp(auth, 'keyed')
  const asked = await auth.api.generatePasskeyRegistrationOptions({
    headers: keyed.headers,
    returnHeaders: true,
  })
  await auth.api.verifyPasskeyRegistration({
    body: { response: JSON.parse(authenticator.create(asked.response)), name: 'Key' },
    headers: kept(asked.headers, keyed.headers.get('cookie')),
  })

  const clients = {}
  for (const [name, body] of Object.entries({
    site: { redirect_uris: ['https://site.example.test/cb'], scope: 'openid profile' },
    machine: {
      redirect_uris: ['https://m.example.test/cb'],
      grant_types: ['client_credentials'],
      scope: 'openid',
    },
    page: { redirect_uris: ['https://page.example.test/cb'], token_endpoint_auth_method: 'none' },
  })) {
    const made = await auth.api.adminCreateOAuthClient({
      body: { client_name: name, ...body },
      headers: keyed.headers,
    })
    clients[name] = [made.client_id, made.client_secret ?? null]
  }
  return { totpURI, clients }
}

/** Somebody who signed in with Google. */
export async function makeAuthJs({ file }) {
  // Else it warns of what it does anyway.
  process.env.NODE_ENV = 'production'
  const adapter = TypeORMAdapter({ type: 'sqljs', location: file, autoSave: true, synchronize: true })
  const user = await adapter.createUser({
    email: 'jay@example.test',
    emailVerified: new Date('2024-01-02T03:04:05Z'),
    name: 'Jay',
    image: null,
  })
  await adapter.linkAccount({
    userId: user.id,
    type: 'oidc',
    provider: 'google',
    providerAccountId: '901',
    access_token: 'x',
    token_type: 'bearer',
  })
  await adapter.__disconnect()
  return { id: user.id }
}
