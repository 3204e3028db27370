// arctic: its client for providers that it has no class of its own for.
import { equal, notEqual, rejects } from 'node:assert/strict'
import { CodeChallengeMethod, decodeIdToken, generateCodeVerifier, generateState, OAuth2Client } from 'arctic'
import type { ClientRun } from '../client-run.ts'
import { answerOf, isActive, isSignedOut, leave, metadataOf, userInfo } from './by-hand.ts'

export async function arctic(run: ClientRun): Promise<void> {
  const metadata = await metadataOf(run)
  run.byHand('discovery')
  const client = new OAuth2Client(run.clientId, run.clientSecret, run.redirectUri)
  const [state, verifier] = [generateState(), generateCodeVerifier()]
  const scopes = ['openid', 'email', 'offline_access']
  const address = client.createAuthorizationURLWithPKCE(
    metadata['authorization_endpoint'] ?? '',
    state,
    CodeChallengeMethod.S256,
    verifier,
    scopes,
  )
  const code = answerOf(run, await run.browser.walk(address), state)
  const tokenEndpoint = metadata['token_endpoint'] ?? ''
  const tokens = await client.validateAuthorizationCode(tokenEndpoint, code, verifier)
  equal(tokens.accessTokenExpiresInSeconds(), 300)
  equal(tokens.tokenType(), 'Bearer')
  // It reads an ID token and leaves its signature alone, which a token from the token endpoint allows.
  equal((decodeIdToken(tokens.idToken()) as { sub: string }).sub, 'usr_ada')
  run.done('code')

  const refresh = (token: string) => client.refreshAccessToken(tokenEndpoint, token, [])
  const renewed = await refresh(tokens.refreshToken())
  notEqual(renewed.refreshToken(), tokens.refreshToken())
  run.done('refresh')
  equal((await userInfo(metadata, renewed.accessToken()))['email'], 'ada@example.test')
  run.byHand('userinfo')
  equal(await isActive(run, metadata, renewed.accessToken()), true)
  run.byHand('introspection')
  await client.revokeToken(metadata['revocation_endpoint'] ?? '', renewed.refreshToken())
  equal(await isActive(run, metadata, renewed.accessToken()), false)
  await rejects(refresh(renewed.refreshToken()), { code: 'invalid_grant' })
  run.done('revocation')

  await leave(run, metadata, tokens.idToken())
  await isSignedOut(run, address)
  run.byHand('logout')
}
