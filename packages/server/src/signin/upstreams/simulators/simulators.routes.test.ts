import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { codeChallenge, importJwkSet, verifyToken } from '@countersign/protocol'
import { type Answer, edgeOf, openHouse, Visitor } from '../../../platform/house.ts'
import { upstreamsFrom } from '../upstreams.ts'
import { people } from './people.ts'
import { simulatorRoutes } from './simulators.routes.ts'

const house = await openHouse()
after(() => house.close())
const upstreams = upstreamsFrom({}, house)
const routes = simulatorRoutes(house, upstreams)
const edge = edgeOf(house, routes)
const browser = new Visitor(edge)
const origin = 'http://localhost:4400'
const verifier = 'v'.repeat(43)

const dialogs = {
  google: '/dev/idp/google/o/oauth2/v2/auth',
  facebook: '/dev/idp/facebook/v25.0/dialog/oauth',
  oidc: '/dev/idp/oidc/authorize',
} as const
const tokens = {
  google: '/dev/idp/google/token',
  facebook: '/dev/idp/facebook/v25.0/oauth/access_token',
  oidc: '/dev/idp/oidc/token',
} as const
type Id = keyof typeof dialogs

function asking(id: Id, more: Record<string, string> = {}): Record<string, string> {
  return {
    client_id: `simulated-${id}`,
    redirect_uri: `${origin}/sign-in/with/${id}/callback`,
    response_type: 'code',
    scope: id === 'facebook' ? 'public_profile email' : 'openid email profile',
    state: 'the state',
    nonce: 'the nonce',
    code_challenge: codeChallenge(verifier),
    code_challenge_method: 'S256',
    ...more,
  }
}

async function choose(id: Id, answer: Record<string, string>, more?: Record<string, string>): Promise<URL> {
  const answered = await browser.visit(dialogs[id], { form: { ...asking(id, more), ...answer } })
  assert.equal(answered.status, 303)
  return new URL(answered.location ?? '')
}

async function redeem(id: Id, code: string, more: Record<string, string> = {}): Promise<Answer> {
  return browser.visit(tokens[id], {
    form: {
      grant_type: 'authorization_code',
      code,
      redirect_uri: `${origin}/sign-in/with/${id}/callback`,
      code_verifier: verifier,
      ...(id === 'oidc' ? {} : { client_id: `simulated-${id}`, client_secret: 'simulated-secret' }),
      ...more,
    },
    headers: id === 'oidc' ? { authorization: basic('simulated-oidc', 'simulated-secret') } : {},
  })
}

function basic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
}

test('each simulator shows its people, and sends nobody anywhere but to our own callback', async () => {
  for (const id of Object.keys(dialogs) as Id[]) {
    const page = await browser.visit(`${dialogs[id]}?${new URLSearchParams(asking(id))}`)
    assert.equal(page.status, 200)
    assert.match(page.body, /Ada Lovelace/)
    for (const wrong of [
      { redirect_uri: 'https://evil.example/' },
      { redirect_uri: `${origin}/sign-in/with/${id}/callback/` },
      { client_id: 'somebody' },
      { response_type: 'token' },
    ]) {
      const asked = asking(id, wrong)
      for (const answer of [
        await browser.visit(`${dialogs[id]}?${new URLSearchParams(asked)}`),
        await browser.visit(dialogs[id], { form: { ...asked, person: people[id][0].id } }),
      ]) {
        assert.equal(answer.status, 400)
        assert.equal(answer.location, undefined)
      }
    }
  }
})

test('Google answers as Google does: its parameters, its tokens, its claims', async () => {
  const [, katherine] = people.google
  const url = await choose('google', { person: katherine.id })
  assert.deepEqual(
    [...url.searchParams.keys()],
    ['state', 'iss', 'code', 'scope', 'authuser', 'hd', 'prompt'],
  )
  assert.match(url.searchParams.get('code') ?? '', /^4\/0A/)
  const answer = await redeem('google', url.searchParams.get('code') ?? '')
  const body = answer.json()
  assert.deepEqual(Object.keys(body), ['access_token', 'expires_in', 'scope', 'token_type', 'id_token'])
  assert.match(String(body['access_token']), /^ya29\./)
  const certs = await browser.visit('/dev/idp/google/oauth2/v3/certs')
  const { claims, header } = verifyToken('id', String(body['id_token']), {
    keys: importJwkSet(certs.json()),
    issuer: `${origin}/dev/idp/google`,
    audience: 'simulated-google',
    now: house.runtime.now(),
  })
  assert.equal(header.alg, 'RS256')
  assert.match(header.kid ?? '', /^[0-9a-f]{40}$/)
  const { azp, sub, hd, email, email_verified: verified, nonce, at_hash: hash, exp, iat } = claims
  assert.deepEqual(
    { azp, sub, hd, email, verified, nonce },
    {
      azp: 'simulated-google',
      sub: katherine.id,
      hd: 'orbit.example',
      email: 'katherine@orbit.example',
      verified: true,
      nonce: 'the nonce',
    },
  )
  assert.equal(typeof hash, 'string')
  assert.equal(Number(exp) - Number(iat), 3600)
})

test('Google’s errors have Google’s words', async () => {
  const [ada] = people.google
  const code = async () => (await choose('google', { person: ada.id })).searchParams.get('code') ?? ''
  const said = (answer: Answer) => [answer.status, answer.json()['error'], answer.json()['error_description']]
  const first = await code()
  assert.equal((await redeem('google', first)).status, 200)
  assert.deepEqual(said(await redeem('google', first)), [400, 'invalid_grant', 'Bad Request'])
  assert.deepEqual(said(await redeem('google', await code(), { client_secret: 'wrong' })), [
    401,
    'invalid_client',
    'Unauthorized',
  ])
  assert.deepEqual(said(await redeem('google', await code(), { code_verifier: 'w'.repeat(43) })), [
    400,
    'invalid_grant',
    'Invalid code verifier.',
  ])
  assert.deepEqual(said(await redeem('google', await code(), { code_verifier: '' })), [
    400,
    'invalid_grant',
    'Missing code verifier.',
  ])
  assert.deepEqual(said(await redeem('google', await code(), { redirect_uri: 'https://e.test/' })), [
    400,
    'redirect_uri_mismatch',
    'Bad Request',
  ])
  const denied = await choose('google', { decision: 'deny' })
  assert.equal(denied.search, '?error=access_denied&state=the+state')
})

test('Facebook answers as Facebook does: its fragment, its tokens, its errors', async () => {
  const [ada, , hedy] = people.facebook
  const url = await choose('facebook', { person: ada.id })
  assert.deepEqual([...url.searchParams.keys(), url.hash], ['code', 'state', '#_=_'])
  const code = url.searchParams.get('code') ?? ''
  const body = (await redeem('facebook', code)).json()
  assert.deepEqual(Object.keys(body), ['access_token', 'token_type', 'expires_in'])
  assert.match(String(body['access_token']), /^EAAB/)
  const used = await redeem('facebook', code)
  assert.equal(used.status, 400)
  const error = used.json()['error'] as Record<string, unknown>
  assert.deepEqual(Object.keys(error), ['message', 'type', 'code', 'fbtrace_id'])
  assert.deepEqual([error['type'], error['code']], ['OAuthException', 100])

  const me = (token: unknown, query = '?fields=id,name,email') =>
    browser.visit(`/dev/idp/facebook/v25.0/me${query}`, { headers: { authorization: `Bearer ${token}` } })
  const profile = await me(body['access_token'])
  assert.deepEqual(profile.json(), { id: ada.id, name: 'Ada Lovelace', email: 'ada@example.test' })
  assert.deepEqual((await me(body['access_token'], '')).json(), { id: ada.id, name: 'Ada Lovelace' })
  assert.equal((await me('EAABnone')).status, 401)
  assert.equal((await me(body['access_token'], '?appsecret_proof=00')).status, 400)

  const shy = await choose('facebook', { person: hedy.id })
  const token = (await redeem('facebook', shy.searchParams.get('code') ?? '')).json()
  assert.deepEqual((await me(token['access_token'])).json(), { id: hedy.id, name: 'Hedy Lamarr' })
  const declined = await choose('facebook', { person: ada.id }, { scope: 'public_profile' })
  const other = (await redeem('facebook', declined.searchParams.get('code') ?? '')).json()
  assert.equal((await me(other['access_token'])).json()['email'], undefined)

  const denied = await choose('facebook', { decision: 'deny' })
  assert.equal(
    denied.search + denied.hash,
    '?error=access_denied&error_code=200&error_description=Permissions+error&error_reason=user_denied&state=the+state#_=_',
  )
})

test('the letter-perfect provider names itself in each answer and keeps its claims for userinfo', async () => {
  const metadata = (await browser.visit('/dev/idp/oidc/.well-known/openid-configuration')).json()
  assert.equal(metadata['issuer'], `${origin}/dev/idp/oidc`)
  assert.equal(metadata['authorization_response_iss_parameter_supported'], true)
  const [ada] = people.oidc
  const url = await choose('oidc', { person: ada.id, unverified: 'yes' })
  assert.equal(url.searchParams.get('iss'), metadata['issuer'])
  const code = url.searchParams.get('code') ?? ''
  const post = { client_id: 'simulated-oidc', client_secret: 'simulated-secret' }
  const twice = await redeem('oidc', code, post)
  assert.equal(twice.status, 401)
  const body = (await redeem('oidc', code)).json()
  const { claims } = verifyToken('id', String(body['id_token']), {
    keys: importJwkSet((await browser.visit('/dev/idp/oidc/jwks')).json()),
    issuer: String(metadata['issuer']),
    audience: 'simulated-oidc',
    now: house.runtime.now(),
  })
  assert.equal(claims['email'], undefined)
  const headers = { authorization: `Bearer ${String(body['access_token'])}` }
  const userinfo = (await browser.visit('/dev/idp/oidc/userinfo', { headers })).json()
  assert.deepEqual([userinfo['sub'], userinfo['email_verified']], [ada.id, false])
})

test('simulators exist in development only', async () => {
  const production = await openHouse({ development: false })
  after(() => production.close())
  const outside = edgeOf(production, routes)
  const metadata = '/dev/idp/google/.well-known/openid-configuration'
  assert.equal((await new Visitor(outside).visit(metadata)).status, 404)
  assert.deepEqual(simulatorRoutes(production, upstreamsFrom({}, production)), [])
  const registered = { google: { id: 'id', secret: 'secret' } }
  const paths = simulatorRoutes(house, upstreamsFrom(registered, house)).map(({ path }) => path)
  assert.equal(
    paths.some((path) => path.startsWith('/dev/idp/google')),
    false,
  )
  assert.equal(
    paths.some((path) => path.startsWith('/dev/idp/facebook')),
    true,
  )
})
