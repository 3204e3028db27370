// better-auth as a client: its generic OAuth plugin, on a database in memory.
import { equal, notEqual, ok } from 'node:assert/strict'
import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { genericOAuth } from 'better-auth/plugins/generic-oauth'
import type { ClientRun } from '../client-run.ts'
import { isActive, isSignedOut, metadataOf } from './by-hand.ts'
import { Pages } from './pages.ts'

interface Account {
  readonly id: string
  readonly providerId: string
  readonly accountId: string
}

export async function betterAuthClient(run: ClientRun): Promise<void> {
  const origin = new URL(run.redirectUri).origin
  const tables = { user: [], session: [], account: [] as Account[], verification: [] }
  const auth = betterAuth({
    baseURL: origin,
    secret: 'a secret of the application, thirty-two characters',
    database: memoryAdapter(tables),
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    plugins: [
      genericOAuth({
        config: [
          {
            providerId: 'countersign',
            discoveryUrl: `${run.issuer}/.well-known/openid-configuration`,
            requireIdTokenVerification: true,
            clientId: run.clientId,
            clientSecret: run.clientSecret,
            scopes: ['openid', 'email', 'offline_access'],
            postLogoutRedirectURI: run.postLogoutRedirectUri,
          },
        ],
      }),
    ],
  })
  const pages = new Pages(origin, (request) => auth.handler(request))
  const sign = { provider: 'countersign', callbackURL: '/' }
  const asked = await pages.post('/api/auth/sign-in/social', { json: sign })
  const { url } = (await asked.json()) as { url: string }
  ok(url.startsWith(`${run.issuer}/oauth/authorize?`))
  run.done('discovery')
  const left = await run.browser.walk(url)
  const answer = await pages.open(`${left.pathname}${left.search}`)
  equal(answer.headers.get('location'), '/')
  run.done('code')
  equal(tables.account[0]?.accountId, 'usr_ada')
  run.done('id-token')
  const { user } = (await (await pages.open('/api/auth/get-session')).json()) as { user: { email: string } }
  equal(user.email, 'ada@example.test')
  run.done('userinfo')

  const accountId = tables.account[0]?.id
  const held = async (path: string) =>
    (await (await pages.post(path, { json: { accountId } })).json()) as { accessToken: string }
  const { accessToken: before } = await held('/api/auth/get-access-token')
  const { accessToken } = await held('/api/auth/refresh-token')
  notEqual(accessToken, before)
  const metadata = await metadataOf(run)
  equal(await isActive(run, metadata, accessToken), true)
  run.done('refresh')

  const gone = await pages.post('/api/auth/sign-out', { json: {} })
  const { url: leave } = (await gone.json()) as { url: string }
  const back = await run.browser.walk(leave)
  equal(back.href.split('?')[0], run.postLogoutRedirectUri)
  await isSignedOut(run, url)
  run.done('logout')
}
