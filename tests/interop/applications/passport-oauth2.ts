// passport-oauth2 in an Express application: Passport's own PKCE and state, a profile read from userinfo.
import { deepEqual, equal, notEqual } from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
import passport from 'passport'
import { Strategy } from 'passport-oauth2'
import type { ClientRun } from '../client-run.ts'
import { sessions } from '../passport-app.ts'
import { answerOf, isActive, isSignedOut, leave, type Metadata, metadataOf } from './by-hand.ts'

interface Held {
  readonly accessToken: string
  readonly refreshToken: string
  readonly idToken: string
  readonly email: string
}

class CountersignStrategy extends Strategy {
  // Passport makes an object of its own for each request, without private members.
  readonly userInfo: string

  constructor(run: ClientRun, metadata: Metadata) {
    const options = {
      authorizationURL: metadata['authorization_endpoint'],
      tokenURL: metadata['token_endpoint'],
      clientID: run.clientId,
      clientSecret: run.clientSecret,
      callbackURL: run.redirectUri,
      scope: ['openid', 'email', 'offline_access'],
      state: true,
      pkce: true,
    }
    super(options, (accessToken, refreshToken, { id_token: idToken = '' }, profile, done) =>
      done(null, { accessToken, refreshToken, idToken, ...profile }),
    )
    this.userInfo = metadata['userinfo_endpoint'] ?? ''
    this._oauth2.useAuthorizationHeaderforGET(true)
  }

  override userProfile(accessToken: string, done: (error: unknown, profile?: object) => void): void {
    this._oauth2.get(this.userInfo, accessToken, (error, body) =>
      error ? done(error) : done(null, { email: (JSON.parse(body) as { email: string }).email }),
    )
  }

  /** @returns the new tokens, or the error that the server answered with */
  refresh(token: string): Promise<{ access: string; refresh: string } | { error: string }> {
    return new Promise((resolve) =>
      this._oauth2.getOAuthAccessToken(token, { grant_type: 'refresh_token' }, (error, access, refresh) =>
        resolve(error ? (JSON.parse(error.data ?? '') as { error: string }) : { access, refresh }),
      ),
    )
  }
}

export async function passportOauth2(run: ClientRun): Promise<void> {
  const metadata = await metadataOf(run)
  run.byHand('discovery')
  const strategy = new CountersignStrategy(run, metadata)
  const app = webApplication(strategy).listen(0, '127.0.0.1')
  await once(app, 'listening')
  try {
    const origin = `http://127.0.0.1:${(app.address() as AddressInfo).port}`
    const { address, held } = await signIn(run, origin)
    equal(held.email, 'ada@example.test')
    run.done('code')
    run.done('userinfo')

    const renewed = await strategy.refresh(held.refreshToken)
    if ('error' in renewed) throw new Error(renewed.error)
    notEqual(renewed.refresh, held.refreshToken)
    run.done('refresh')
    equal(await isActive(run, metadata, renewed.access), true)
    run.byHand('introspection')
    const body = new URLSearchParams({
      token: renewed.refresh,
      client_id: run.clientId,
      client_secret: run.clientSecret,
    })
    equal((await fetch(metadata['revocation_endpoint'] ?? '', { method: 'POST', body })).status, 200)
    equal(((await strategy.refresh(renewed.refresh)) as { error: string }).error, 'invalid_grant')
    run.byHand('revocation')
    await leave(run, metadata, held.idToken)
    await isSignedOut(run, address)
    run.byHand('logout')
  } finally {
    app.closeAllConnections()
    app.close()
  }
}

async function signIn(run: ClientRun, origin: string): Promise<{ address: string; held: Held }> {
  const asked = await fetch(`${origin}/login`, { redirect: 'manual' })
  const address = asked.headers.get('location') ?? ''
  const cookie = asked.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
  const left = await run.browser.walk(address)
  answerOf(run, left, new URL(address).searchParams.get('state') ?? '')
  // In another browser the answer is worth nothing.
  equal((await fetch(`${origin}/callback${left.search}`)).status, 403)
  const answer = await fetch(`${origin}/callback${left.search}`, { headers: { cookie } })
  deepEqual(answer.status, 200)
  return { address, held: (await answer.json()) as Held }
}

function webApplication(strategy: Strategy): express.Express {
  const people = new passport.Passport()
  people.use('countersign', strategy)
  const app = express().use(sessions(), people.initialize())
  const authenticate = people.authenticate('countersign', { session: false })
  app.get('/login', authenticate)
  app.get('/callback', authenticate, (request, response) => void response.json(request.user))
  return app
}
