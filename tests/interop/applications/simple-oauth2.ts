// simple-oauth2: knows addresses, a secret and three grants; what PKCE needs is passed through it.
import { equal, notEqual, ok, rejects } from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { AuthorizationCode, ClientCredentials } from 'simple-oauth2'
import type { ClientRun } from '../client-run.ts'
import { answerOf, isActive, isSignedOut, leave, metadataOf, userInfo } from './by-hand.ts'

export async function simpleOauth2(run: ClientRun): Promise<void> {
  const metadata = await metadataOf(run)
  run.byHand('discovery')
  const server = {
    tokenHost: run.issuer,
    tokenPath: new URL(metadata['token_endpoint'] ?? '').pathname,
    revokePath: new URL(metadata['revocation_endpoint'] ?? '').pathname,
  }
  const settings = {
    client: { id: run.clientId, secret: run.clientSecret },
    // It wants JSON in every answer; that to a revocation has no body (RFC 7009 §2.2).
    http: { json: true },
  }
  const authorizePath = new URL(metadata['authorization_endpoint'] ?? '').pathname
  const client = new AuthorizationCode({ ...settings, auth: { ...server, authorizePath } })
  const verifier = randomBytes(32).toString('base64url')
  const address = client.authorizeURL({
    redirect_uri: run.redirectUri,
    scope: ['openid', 'email', 'offline_access'],
    state: 'a state',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const code = answerOf(run, await run.browser.walk(address), 'a state')
  const first = await client.getToken({ code, redirect_uri: run.redirectUri, code_verifier: verifier })
  ok(!first.expired(290) && first.expired(301))
  run.done('code')

  const renewed = await first.refresh()
  notEqual(renewed.token['refresh_token'], first.token['refresh_token'])
  run.done('refresh')
  const token = String(renewed.token['access_token'])
  equal((await userInfo(metadata, token))['email'], 'ada@example.test')
  run.byHand('userinfo')
  equal(await isActive(run, metadata, token), true)
  run.byHand('introspection')
  await renewed.revokeAll()
  equal(await isActive(run, metadata, token), false)
  await rejects(renewed.refresh(), /400/)
  run.done('revocation')

  const alone = new ClientCredentials({ ...settings, auth: server })
  const machine = await alone.getToken({ scope: 'accounts:read' })
  equal(machine.token['scope'], 'accounts:read')
  run.done('client-credentials')

  await leave(run, metadata, String(first.token['id_token']))
  await isSignedOut(run, address)
  run.byHand('logout')
}
