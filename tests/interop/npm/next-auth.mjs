// next-auth 4, which most applications with NextAuth have, and openid-client 5 in it: its API route, in Express for Next.
import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import express from 'express'
import nextAuth from 'next-auth'
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

const origin = new URL(redirectUri).origin
process.env.NEXTAUTH_URL = `${origin}/api/auth`
let held

const options = {
  secret: 'a secret of the application, thirty-two characters',
  providers: [
    {
      id: 'countersign',
      name: 'Countersign',
      type: 'oauth',
      wellKnown: `${issuer}/.well-known/openid-configuration`,
      clientId,
      clientSecret,
      authorization: { params: { scope: 'openid email offline_access' } },
      // Names and addresses are not in ID tokens that come with an access token.
      idToken: true,
      userinfo: { request: ({ client, tokens }) => client.userinfo(tokens) },
      checks: ['pkce', 'state', 'nonce'],
      // openid-client 5 expects RS256 unless it is told what the client is registered for.
      client: { id_token_signed_response_alg: 'ES256' },
      profile: ({ sub, email }) => ({ id: sub, email }),
    },
  ],
  callbacks: {
    signIn({ account, profile }) {
      held = { account, profile }
      return true
    },
  },
  logger: {
    error(code, { error = undefined, ...rest } = {}) {
      throw new Error(`${code}: ${error?.message ?? JSON.stringify(rest)}`)
    },
    warn() {},
    debug() {},
  },
}

const NextAuth = nextAuth.default ?? nextAuth
const app = express().use(express.urlencoded({ extended: false }))
app.all('/api/auth/*path', async ({ method, headers, query, body, params }, response) => {
  const sent = headers.cookie?.split('; ').map((pair) => pair.split('=')) ?? []
  const cookies = Object.fromEntries(sent.map(([name, value]) => [name, decodeURIComponent(value)]))
  const request = { method, headers, body, cookies, query: { ...query, nextauth: params.path } }
  await NextAuth(request, response, options)
})
const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
const here = `http://127.0.0.1:${server.address().port}/api/auth`

const jar = new Map()
async function visit(path, form) {
  const cookie = [...jar].map((pair) => pair.join('=')).join('; ')
  const body = form === undefined ? undefined : new URLSearchParams(form)
  const method = body === undefined ? 'GET' : 'POST'
  const answer = await fetch(`${here}${path}`, { method, body, headers: { cookie }, redirect: 'manual' })
  for (const line of answer.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)
    if (value === '' || /max-age=0(;|$)/i.test(line)) jar.delete(name)
    else jar.set(name, value)
  }
  return answer
}

const { csrfToken } = await (await visit('/csrf')).json()
const asked = (await visit('/signin/countersign', { csrfToken })).headers.get('location')
assert.ok(asked.startsWith(`${issuer}/oauth/authorize?`), asked)
done('discovery')
const left = await walk(asked)
await visit(`/callback/countersign${left.search}`)
assert.ok(held, 'nobody was signed in')
done('code')
assert.equal(held.profile.sub, 'usr_ada')
done('id-token')
const { user } = await (await visit('/session')).json()
assert.equal(user.email, 'ada@example.test')
done('userinfo')

const { end_session_endpoint: leaving } = await (
  await fetch(`${issuer}/.well-known/openid-configuration`)
).json()
const leave = new URLSearchParams({
  id_token_hint: held.account.id_token,
  post_logout_redirect_uri: postLogoutRedirectUri,
})
assert.equal((await walk(`${leaving}?${leave}`)).href, postLogoutRedirectUri)
const silent = new URL(asked)
silent.searchParams.set('prompt', 'none')
assert.equal((await walk(silent.href)).searchParams.get('error'), 'login_required')
byHand('logout')
server.close()
server.closeAllConnections()
