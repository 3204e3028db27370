// The signing key changes while two processes sign and a resource server verifies on its own, with the keys that it
// happens to have fetched at the worst moment. The clocks of all are moved together, so that a minute takes seconds.
import { equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { peekUnverified } from '@countersign/protocol'
import { createVerifier } from '@countersign/sdk/verify'
import { type Installation, issuer, openInstallation } from '../harness/installation.ts'
import { ownTime } from '../harness/own-time.ts'
import { basic } from '../harness/population.ts'
import { postgresSkip } from '../harness/postgres.ts'
import { get, introspect, post } from '../harness/wire.ts'

const machine = basic('demo-machine', 'demo-machine-secret-0123456789abcdef')
const api = 'http://localhost:4401/api'

async function tokenOf(origin: string): Promise<string> {
  const answer = await post(`${origin}/oauth/token`, { grant_type: 'client_credentials' }, machine)
  equal(answer.status, 200, answer.text)
  return String(answer.json['access_token'])
}

async function rotateUnderLoad(installation: Installation, say: (words: string) => void): Promise<void> {
  const asked = { development: true, env: { COUNTERSIGN_CLOCK: 'test', BANK_PORT: '4401' } }
  const first = await installation.start(asked)
  const origins = [first.origin, (await installation.start(asked)).origin]
  let moved = 0
  const advance = async (seconds: number): Promise<void> => {
    const body = JSON.stringify({ advance: seconds })
    const headers = { 'content-type': 'application/json' }
    await Promise.all(
      origins.map((origin) => fetch(`${origin}/dev/clock`, { method: 'POST', headers, body })),
    )
    moved += seconds
  }
  const now = () => Math.floor(Date.now() / 1000) + moved
  const verifierAt = (origin: string) =>
    createVerifier({ issuer, audience: api, jwks: `${origin}/oauth/jwks`, now })
  const verifiers = origins.map(verifierAt)
  const kids = new Map<string, number>()
  let verified = 0
  const load = async (): Promise<void> => {
    const tokens = await Promise.all([...origins, ...origins].map(tokenOf))
    for (const token of tokens) {
      const kid = String(peekUnverified(token)?.header['kid'])
      kids.set(kid, (kids.get(kid) ?? 0) + 1)
      for (const verifier of verifiers) equal((await verifier.verify(token)).subject, 'demo-machine')
      for (const origin of origins) equal((await introspect(origin, token, machine)).json['active'], true)
      verified += verifiers.length
    }
  }

  await load()
  const { kid } = await installation.countersign('keys', 'rotate', '--now')
  // A verifier that fetched the keys a moment too early has to live with them for half a minute.
  const published = async (): Promise<boolean> => {
    const texts = await Promise.all(origins.map(async (origin) => (await get(`${origin}/oauth/jwks`)).text))
    return texts.every((text) => text.includes(String(kid)))
  }
  using time = ownTime()
  // What counts is when it is asked: the answer may be long on its way.
  let askedAt = 0
  while (!(await published())) {
    ok(askedAt < 7000, 'a process does not publish the new key')
    await load()
    await new Promise((resume) => setTimeout(resume, 100))
    askedAt = time.ms()
  }
  for (let second = 0; second < 50; second++) {
    await advance(1)
    await load()
  }
  equal(kids.size, 2, 'both keys have signed')
  ok((kids.get(String(kid)) ?? 0) > 10)
  say(`${verified} verifications, none failed`)
}

describe('a key rotated under load', { concurrency: true }, () => {
  test('fails no verification, on one SQLite file [JW-15 F29]', async (t) => {
    await using installation = await openInstallation()
    await rotateUnderLoad(installation, (words) => t.diagnostic(words))
  })
  test('fails no verification, on one PostgreSQL database [JW-15 F29]', {
    skip: postgresSkip(),
  }, async (t) => {
    await using installation = await openInstallation({ engine: 'postgres' })
    await rotateUnderLoad(installation, (words) => t.diagnostic(words))
  })
})
