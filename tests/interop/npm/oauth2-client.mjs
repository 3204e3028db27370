// @badgateway/oauth2-client: small, without OpenID Connect, with all the endpoints of OAuth 2.
import { strict as assert } from 'node:assert'
import { generateCodeVerifier, OAuth2Client } from '@badgateway/oauth2-client'
import {
  byHand,
  clientId,
  clientSecret,
  done,
  issuer,
  postLogoutRedirectUri,
  redirectUri,
  walk,
} from './browser.mjs'

const client = new OAuth2Client({
  server: `${issuer}/`,
  discoveryEndpoint: `${issuer}/.well-known/oauth-authorization-server`,
  clientId,
  clientSecret,
})
const codeVerifier = await generateCodeVerifier()
const address = await client.authorizationCode.getAuthorizeUri({
  redirectUri,
  state: 'a state',
  codeVerifier,
  scope: ['openid', 'email', 'offline_access'],
})
assert.ok(address.startsWith(`${issuer}/oauth/authorize?`))
done('discovery')
const left = await walk(address)
const checks = { redirectUri, state: 'a state', codeVerifier }
const first = await client.authorizationCode.getTokenFromCodeRedirect(left, checks)
done('code')
const renewed = await client.refreshToken(first)
assert.notEqual(renewed.refreshToken, first.refreshToken)
done('refresh')

const metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()
const headers = { authorization: `Bearer ${renewed.accessToken}` }
const person = await (await fetch(metadata.userinfo_endpoint, { headers })).json()
assert.equal(person.email, 'ada@example.test')
byHand('userinfo')
assert.equal((await client.introspect(renewed)).active, true)
done('introspection')
await client.revoke(renewed, 'refresh_token')
assert.equal((await client.introspect(renewed)).active, false)
await assert.rejects(client.refreshToken(renewed), { oauth2Code: 'invalid_grant' })
done('revocation')

const alone = await client.clientCredentials({ scope: ['accounts:read'] })
assert.equal((await client.introspect(alone)).scope, 'accounts:read')
done('client-credentials')

const leave = new URLSearchParams({
  client_id: clientId,
  id_token_hint: first.idToken,
  post_logout_redirect_uri: postLogoutRedirectUri,
})
assert.equal((await walk(`${metadata.end_session_endpoint}?${leave}`)).href, postLogoutRedirectUri)
const silent = new URL(address)
silent.searchParams.set('prompt', 'none')
assert.equal((await walk(silent.href)).searchParams.get('error'), 'login_required')
byHand('logout')
