// express-openid-connect in an Express application: sign-in, the session's own refresh and userinfo, and sign-out here and
// at the server.
import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import express from 'express'
import openid from 'express-openid-connect'
import { clientId, clientSecret, done, issuer, postLogoutRedirectUri, redirectUri, walk } from './browser.mjs'

const { auth, requiresAuth } = openid
const settings = {
  authRequired: false,
  baseURL: new URL(redirectUri).origin,
  issuerBaseURL: issuer,
  clientID: clientId,
  clientSecret,
  secret: 'a secret of the application, thirty-two characters',
  idTokenSigningAlg: 'ES256',
  idpLogout: true,
  routes: { login: '/login', logout: '/logout', postLogoutRedirect: postLogoutRedirectUri },
  authorizationParams: { response_type: 'code', scope: 'openid email offline_access' },
}
const app = express().use(auth(settings))
app.get('/me', requiresAuth(), async (request, response) => {
  const before = request.oidc.accessToken.access_token
  const renewed = await request.oidc.accessToken.refresh()
  const { email } = await request.oidc.fetchUserInfo()
  response.json({ claims: request.oidc.idTokenClaims, email, isRenewed: renewed.access_token !== before })
})
app.get('/silently', (_request, response) => {
  response.oidc.login({ authorizationParams: { prompt: 'none', response_type: 'code' } })
})
const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
const here = `http://127.0.0.1:${server.address().port}`

const cookies = new Map()
async function visit(path) {
  const cookie = [...cookies].map((pair) => pair.join('=')).join('; ')
  const answer = await fetch(`${here}${path}`, { headers: { cookie }, redirect: 'manual' })
  for (const line of answer.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)
    if (value === '') cookies.delete(name)
    else cookies.set(name, value)
  }
  return answer
}

const asked = (await visit('/login')).headers.get('location')
assert.ok(asked.startsWith(`${issuer}/oauth/authorize?`), asked)
done('discovery')
const left = await walk(asked)
const back = await visit(`${left.pathname}${left.search}`)
assert.equal(back.status, 302, await back.text())
done('code')
const me = await (await visit('/me')).json()
assert.equal(me.claims.sub, 'usr_ada')
done('id-token')
assert.equal(me.isRenewed, true)
done('refresh')
assert.equal(me.email, 'ada@example.test')
done('userinfo')
const gone = await walk((await visit('/logout')).headers.get('location'))
assert.equal(gone.href.split('?')[0], postLogoutRedirectUri)
const silent = await walk((await visit('/silently')).headers.get('location'))
assert.equal(silent.searchParams.get('error'), 'login_required')
done('logout')
server.close()
server.closeAllConnections()
