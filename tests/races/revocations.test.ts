// What ends on one process is told by every other one: an API that hears any of them knows within two seconds.
import { equal, ok } from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createVerifier, type Verifier } from '@countersign/sdk/verify'
import { issuer } from '../harness/installation.ts'
import { timeOfThose } from '../harness/own-time.ts'
import { bank } from '../harness/population.ts'
import { get, refresh, revoke, tokensFor } from '../harness/wire.ts'
import { type Fleet, onBothEngines, openFleet } from './fleet.ts'

const secret = 'bank-api-secret-0123456789-0123456789'
const scope = { scope: 'openid offline_access accounts:read' }

onBothEngines('two processes', (engine) => {
  let fleet: Fleet
  const verifiers: Verifier[] = []
  before(async () => {
    const clients = [{ id: 'bank-api', name: 'The Bank', secret, api: bank }]
    fleet = await openFleet({ engine, processes: 2, people: 3, clients })
    for (const at of [0, 1]) {
      verifiers.push(
        createVerifier({
          issuer,
          audience: bank,
          mode: 'revocable',
          clientId: 'bank-api',
          clientSecret: secret,
          whenStale: 'refuse',
          fetch: (url, init) => fetch(url.replace(issuer, fleet.origin(at)), init),
        }),
      )
    }
  })
  after(async () => {
    for (const verifier of verifiers) verifier.close()
    await fleet[Symbol.asyncDispose]()
  })

  const refusedAfter = async (token: string): Promise<number> => {
    using time = timeOfThose(() => Promise.all([0, 1].map((at) => get(`${fleet.origin(at)}/readyz`))))
    for (;;) {
      const seen = await Promise.all(verifiers.map((verifier) => verifier.check(token)))
      ok(
        seen.every((one) => one.ok || one.code === 'invalid_token'),
        'what is known stays fresh',
      )
      const ms = time.ms()
      if (seen.every((one) => !one.ok)) return ms
      if (ms > 5000) return ms
      await new Promise((resume) => setTimeout(resume, 10))
    }
  }

  const endings: Record<string, (tokens: { access: string; refresh: string }) => Promise<unknown>> = {
    'a revoked token': ({ access }) => revoke(fleet.origin(0), access),
    'a family whose refresh token was reused': async ({ refresh: first }) => {
      const { json } = await refresh(fleet.origin(0), first)
      await refresh(fleet.origin(1), String(json['refresh_token']))
      equal((await refresh(fleet.origin(0), first)).status, 400)
    },
    'a user who was disabled': () =>
      fleet.installation.countersign('user', 'disable', fleet.people[0]?.username ?? ''),
  }
  for (const [name, end] of Object.entries(endings)) {
    test(`${name} is refused by who hears either of them within two seconds [RT-09 C10]`, async (t) => {
      const [somebody] = fleet.people
      if (somebody === undefined) throw new Error('There is nobody.')
      const tokens = await tokensFor(fleet.origin(1), await fleet.signedIn(somebody), scope)
      for (const verifier of verifiers) equal((await verifier.check(tokens.access)).ok, true)
      await end(tokens)
      const ms = await refusedAfter(tokens.access)
      t.diagnostic(`${Math.round(ms)} ms`)
      ok(ms < 2000, `${ms} ms`)
    })
  }
})
