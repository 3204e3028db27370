// @auth/core, which Auth.js and NextAuth 5 are made of: a function from a request to a response.
import { deepEqual, equal } from 'node:assert/strict'
import { Auth, type AuthConfig } from '@auth/core'
import type { ClientRun } from '../client-run.ts'
import { isSignedOut, leave, metadataOf } from './by-hand.ts'
import { Pages } from './pages.ts'

interface Held {
  readonly claims: Readonly<Record<string, unknown>>
  readonly idToken: string
  readonly refreshToken: string
}

export async function authCore(run: ClientRun): Promise<void> {
  const fromIdToken = await signIn(run, true)
  equal(fromIdToken.claims['sub'], 'usr_ada')
  run.done('discovery')
  run.done('code')
  run.done('id-token')
  const fromUserInfo = await signIn(run, false)
  equal(fromUserInfo.claims['email'], 'ada@example.test')
  run.done('userinfo')

  const metadata = await metadataOf(run)
  const silent = new URL(metadata['authorization_endpoint'] ?? '')
  silent.search = fromUserInfo.asked.search
  await leave(run, metadata, fromUserInfo.idToken)
  await isSignedOut(run, silent)
  run.byHand('logout')
}

/** @param idToken whether the profile is what the ID token says, as it is by default, or userinfo */
async function signIn(run: ClientRun, idToken: boolean): Promise<Held & { readonly asked: URL }> {
  let held: Held | undefined
  const config: AuthConfig = {
    basePath: '/auth',
    secret: 'a secret of the application, thirty-two characters',
    trustHost: true,
    providers: [
      {
        id: 'countersign',
        name: 'Countersign',
        type: 'oidc',
        issuer: run.issuer,
        clientId: run.clientId,
        clientSecret: run.clientSecret,
        checks: ['pkce', 'state', 'nonce'],
        authorization: { params: { scope: 'openid email offline_access' } },
        idToken,
      },
    ],
    callbacks: {
      signIn({ account, profile }) {
        held = {
          claims: { ...profile },
          idToken: account?.id_token ?? '',
          refreshToken: account?.refresh_token ?? '',
        }
        return true
      },
    },
  }
  const pages = new Pages(new URL(run.redirectUri).origin, (request) => Auth(request, config))
  const { csrfToken } = (await (await pages.open('/auth/csrf')).json()) as { csrfToken: string }
  const asked = await pages.post('/auth/signin/countersign', { csrfToken })
  const location = new URL(asked.headers.get('location') ?? '')
  const left = await run.browser.walk(location)
  const answer = await pages.open(`/auth/callback/countersign${left.search}`)
  deepEqual(answer.status, 302)
  if (held === undefined) throw new Error('Nobody was signed in.')
  return { ...held, asked: location }
}
