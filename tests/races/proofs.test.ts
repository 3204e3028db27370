// One DPoP proof shown to several processes in the same moment, and nonces that one process gives and another takes.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { digest, signDpopProof } from '@countersign/protocol'
import { issuer } from '../harness/installation.ts'
import type { Person } from '../harness/person.ts'
import { callback, credentials } from '../harness/population.ts'
import { specimen } from '../harness/specimens.ts'
import { type Answer, codeFor, get, introspect, post, type Ticket, tokensOf } from '../harness/wire.ts'
import { type Fleet, onBothEngines, openFleet, tally } from './fleet.ts'

const { key } = specimen('ES256', 'the holder')

/** For the address that the metadata names, whichever process is asked. */
function proof(path: string, claims: object = {}): string {
  const method = path === '/oauth/token' ? 'POST' : 'GET'
  const iat = Math.floor(Date.now() / 1000)
  return signDpopProof({ jti: randomUUID(), htm: method, htu: issuer + path, iat, ...claims }, key)
}

onBothEngines('proofs at three processes', (engine) => {
  let fleet: Fleet
  let person: Person
  before(async () => {
    fleet = await openFleet({ engine, processes: 3, people: 1 })
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

  /** Of 50 answers one is good, and the others refuse the proof. */
  function oneOf(answers: readonly Answer[]): Answer {
    equal(tally(answers.map(({ status }) => status)).get(200), 1)
    const good = answers.find(({ status }) => status === 200)
    const errors = answers.filter((answer) => answer !== good).map(({ json }) => json['error'])
    deepEqual([...new Set(errors)], ['invalid_dpop_proof'])
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
