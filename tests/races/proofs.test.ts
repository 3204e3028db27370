// One DPoP proof, assertion, attested copy's proof, signed request or `auth_session` shown to several processes in the same
// moment, and nonces that one process gives and another takes.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import {
  cibaGrant,
  codeChallenge,
  digest,
  jwtBearerGrant,
  signDpopProof,
  signToken,
} from '@countersign/protocol'
import { linkIdentity } from '../../packages/server/src/accounts/identities/identities.store.ts'
import { trustIssuer } from '../../packages/server/src/oauth/jwt-bearer/trust.ts'
import type { Platform } from '../../packages/server/src/platform/platform.ts'
import { issuer } from '../harness/installation.ts'
import type { Person } from '../harness/person.ts'
import { basic, callback, credentials } from '../harness/population.ts'
import { publicPart, specimen } from '../harness/specimens.ts'
import { type Answer, codeFor, get, introspect, post, type Ticket, tokensOf } from '../harness/wire.ts'
import { type Fleet, onBothEngines, openFleet, tally } from './fleet.ts'

const { key, jwk } = specimen('ES256', 'the holder')
const importer = {
  id: 'importer',
  name: 'Importer',
  secret: 'the-importer-s-secret-of-thirty-two',
  grants: [jwtBearerGrant],
  scopes: ['vault:read'],
} as const
const wallet = {
  id: 'wallet',
  name: 'Wallet',
  authentication: 'attest_jwt_client_auth',
  attesterJwks: { keys: [publicPart(jwk)] },
  grants: ['client_credentials'],
  scopes: ['vault:read'],
} as const
const counter = {
  id: 'counter',
  name: 'Counter',
  secret: 'the-counter-s-secret-of-thirty-two-',
  jwks: { keys: [publicPart(jwk)] },
  grants: [cibaGrant],
  scopes: ['openid'],
  ciba: { mode: 'poll', notificationEndpoint: null, signingAlg: 'ES256' },
} as const
const app = {
  id: 'app',
  name: 'The App',
  authentication: 'none',
  firstParty: true,
  redirectUris: [callback],
  scopes: ['openid'],
} as const
const partner = {
  issuer: 'https://partner.example',
  jwks: { keys: [publicPart(jwk)] },
  subjects: { by: 'identity', upstream: 'partner' },
  clients: [importer.id],
  scopes: ['vault:read'],
} as const

const now = (): number => Math.floor(Date.now() / 1000)

/** Trusts the partner, at whom somebody has an account. */
async function introduce(platform: Platform, userId: string): Promise<void> {
  const { database, runtime } = platform
  await trustIssuer(platform, partner)
  const there = { upstream: 'partner', issuer: partner.issuer, subject: 'there', email: null }
  await database.commit([
    linkIdentity(database, { ...there, id: runtime.id('idn'), userId, createdAt: runtime.now() }),
  ])
}

/** For the address that the metadata names, whichever process is asked. */
function proof(path: string, claims: object = {}): string {
  const method = path === '/oauth/token' ? 'POST' : 'GET'
  const iat = now()
  return signDpopProof({ jti: randomUUID(), htm: method, htu: issuer + path, iat, ...claims }, key)
}

onBothEngines('proofs at three processes', (engine) => {
  let fleet: Fleet
  let person: Person
  before(async () => {
    fleet = await openFleet({ engine, processes: 3, people: 1, clients: [importer, wallet, counter, app] })
    await fleet.installation.within((platform) => introduce(platform, fleet.people[0]?.id ?? ''))
    const [somebody] = fleet.people
    if (somebody) person = await fleet.signedIn(somebody)
  })
  after(() => fleet[Symbol.asyncDispose]())

  const everywhere = (deed: (origin: string) => Promise<Answer>): Promise<Answer[]> =>
    Promise.all(Array.from({ length: 50 }, (_, at) => deed(fleet.origin(at))))
  const redeem = (origin: string, { code, verifier }: Ticket, dpop: string) => {
    const form = { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: callback }
    return post(`${origin}/oauth/token`, form, credentials.web, { dpop })
  }

  /** Of 50 answers one is good, and the others refuse what was shown. */
  function oneOf(answers: readonly Answer[], refusal = 'invalid_dpop_proof'): Answer {
    equal(tally(answers.map(({ status }) => status)).get(200), 1)
    const good = answers.find(({ status }) => status === 200)
    const errors = answers.filter((answer) => answer !== good).map(({ json }) => json['error'])
    deepEqual([...new Set(errors)], [refusal])
    ok(good)
    return good
  }

  test('of 50 who show one proof, one gets a token [C11 CVE-2020-5300 RT-10]', async () => {
    const dpop = proof('/oauth/token')
    const form = { grant_type: 'client_credentials', scope: 'vault:read' }
    const ask = (origin: string) => post(`${origin}/oauth/token`, form, credentials.machine, { dpop })
    const good = oneOf(await everywhere(ask))
    equal(good.json['token_type'], 'DPoP')
    for (const at of [0, 1, 2]) equal((await ask(fleet.origin(at))).json['error'], 'invalid_dpop_proof')
  })

  test('of 50 who show what a partner says of somebody, one gets a token [C11]', async () => {
    const iat = now()
    const claims = { iss: partner.issuer, sub: 'there', aud: issuer, jti: randomUUID(), iat, exp: iat + 60 }
    const assertion = signToken('authorizationGrant', claims, key)
    const form = { grant_type: jwtBearerGrant, assertion, scope: 'vault:read' }
    const by = basic(importer.id, importer.secret)
    const good = oneOf(await everywhere((origin) => post(`${origin}/oauth/token`, form, by)), 'invalid_grant')
    equal(good.json['scope'], 'vault:read')
  })

  test('of 50 who show one proof of an attested copy, one is the client [C11]', async () => {
    const iat = now()
    const headers = {
      'oauth-client-attestation': signToken(
        'clientAttestation',
        { sub: wallet.id, iat, exp: iat + 3600, cnf: { jwk: publicPart(jwk) } },
        key,
      ),
      'oauth-client-attestation-pop': signToken(
        'clientAttestationPop',
        { aud: issuer, jti: randomUUID(), iat },
        key,
      ),
    }
    const form = { grant_type: 'client_credentials', scope: 'vault:read' }
    const ask = (origin: string) => post(`${origin}/oauth/token`, form, undefined, headers)
    equal(oneOf(await everywhere(ask), 'invalid_client').json['scope'], 'vault:read')
  })

  test('of 50 who send one signed request for somebody elsewhere, one asks them, and only that counts [C11]', async () => {
    const iat = now()
    const ask = (origin: string, request: string) =>
      post(`${origin}/oauth/ciba`, { request }, basic(counter.id, counter.secret))
    const signed = (): string => {
      const claims = { iss: counter.id, aud: issuer, jti: randomUUID(), iat, nbf: iat, exp: iat + 60 }
      return signToken('backchannelRequest', { ...claims, scope: 'openid', login_hint: 'person0' }, key)
    }
    const one = signed()
    // Of those that come while the first is being kept, some hear that a person is asked five times and no more.
    const answers = await everywhere((origin) => ask(origin, one))
    deepEqual(tally(answers.map(({ status }) => status)).get(200), 1)
    const others = answers.filter(({ status }) => status !== 200).map(({ json }) => String(json['error']))
    deepEqual(
      others.filter((error) => !['invalid_request', 'access_denied'].includes(error)),
      [],
    )
    equal((await ask(fleet.origin(1), one)).json['error'], 'invalid_request')
    for (const at of [0, 1, 2, 3]) equal((await ask(fleet.origin(at), signed())).status, 200)
    equal((await ask(fleet.origin(4), signed())).json['error'], 'access_denied')
  })

  test('of 50 passwords tried with one auth_session, one is judged [C13 PW-16]', async () => {
    const ask = (origin: string, form: Record<string, string>) =>
      post(`${origin}/oauth/challenge`, { client_id: app.id, ...form })
    const begun = await ask(fleet.origin(0), {
      response_type: 'code',
      scope: 'openid',
      code_challenge: codeChallenge('v'.repeat(43)),
      code_challenge_method: 'S256',
    })
    const form = { auth_session: String(begun.json['auth_session']), username: 'person0', password: 'wrong' }
    const answers = await everywhere((origin) => ask(origin, form))
    const errors = tally(answers.map(({ json }) => json['error']))
    deepEqual([errors.get('insufficient_authorization'), errors.get('invalid_session')], [1, 49])
  })

  test('of 50 who show one code with one proof, one gets tokens, and keeps them [TK-04 C7 GHSA-7w99-5wm4-3g79]', async () => {
    const ticket = await codeFor(fleet.origin(0), person)
    ok(ticket)
    const dpop = proof('/oauth/token')
    const { access } = tokensOf(oneOf(await everywhere((origin) => redeem(origin, ticket, dpop))))
    for (const at of [0, 1, 2]) equal((await introspect(fleet.origin(at), access)).json['token_type'], 'DPoP')

    const ath = digest(access)
    const headers = { authorization: `DPoP ${access}`, dpop: proof('/oauth/userinfo', { ath }) }
    oneOf(await everywhere((origin) => get(`${origin}/oauth/userinfo`, headers)))
  })
})

onBothEngines('nonces of two processes', (engine) => {
  test('one takes what the other gave, after a restart too [RT-10]', async () => {
    await using fleet = await openFleet({ engine, processes: 0, people: 0 })
    const { installation } = fleet
    const env = { COUNTERSIGN_DPOP_NONCES: 'on' }
    const [here, there] = await Promise.all([installation.start({ env }), installation.start({ env })])
    const ask = (origin: string, claims: object) => {
      const form = { grant_type: 'client_credentials', scope: 'vault:read' }
      const dpop = proof('/oauth/token', claims)
      return post(`${origin}/oauth/token`, form, credentials.machine, { dpop })
    }
    const asked = await ask(here.origin, {})
    deepEqual([asked.status, asked.json['error']], [400, 'use_dpop_nonce'])
    const nonce = asked.headers.get('dpop-nonce') ?? ''
    await here.stop()
    const again = await installation.start({ env })
    for (const { origin } of [there, again]) equal((await ask(origin, { nonce })).status, 200)
  })
})
