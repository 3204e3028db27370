// The application's side of the checklist: what the SDK remembers and what it builds addresses out of.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { stage } from '../../packages/sdk/src/client/walk.fixture.ts'
import { testIssuer } from '../../packages/sdk/src/testing/index.ts'
import { createVerifier } from '../../packages/sdk/src/verify/index.ts'

test('C29 (GHSA-rp9m-7r4c-75qg): what a verifier remembers changes nothing but its speed', async () => {
  let now = 1_800_000_000
  const options = {
    issuer: 'https://auth.example.test',
    audience: 'https://one.example.test',
    now: () => now,
  }
  const one = await testIssuer(options)
  const other = await testIssuer({ ...options, audience: 'https://two.example.test' })
  const issuers = [one, other]
  // The same subjects, at two APIs, by two keys; some end while the workload runs.
  const tokens = issuers.flatMap((issuer) =>
    ['ada', 'grace'].flatMap((subject) => [
      issuer.token({ subject, expiresIn: 300 }),
      issuer.token({ subject, expiresIn: 2 }),
      issuer.token({ subject, roles: ['teller'] }),
    ]),
  )
  const altered = tokens.map((token) => `${token.slice(0, -4)}AAAA`)
  const remembering = issuers.map((issuer) => createVerifier({ ...issuer.options, clockSkew: 0 }))
  let asked = 0
  for (let round = 0; round < 4; round++) {
    for (const token of [...tokens, ...altered]) {
      for (const [index, verifier] of remembering.entries()) {
        const fresh = createVerifier({ ...(issuers[index] ?? one).options, clockSkew: 0 })
        const [known, told] = [await verifier.check(token), await fresh.check(token)]
        assert.deepEqual(known, told)
        asked += known.ok ? 1 : 0
      }
    }
    now += 1
  }
  assert.equal(asked, 4 * 8 + 2 * 4, 'each token at its own API alone, while it lives')
})

test('JW-07: a clock may be fifteen seconds wrong and not sixteen', async () => {
  let now = 1_800_000_000
  const issuer = await testIssuer({ now: () => now })
  const verifier = createVerifier(issuer.options)
  const token = issuer.token({ expiresIn: 10 })
  now += 10 + 14
  assert.equal((await verifier.check(token)).ok, true)
  now += 1
  assert.equal((await verifier.check(token)).ok, false)
})

const on = stage()

test('C37 (CVE-2025-48370): nothing that a page is given changes the address that it leaves for', async () => {
  const hostile = [
    '../../admin',
    '%2e%2e%2f',
    '?x=1',
    '#x',
    'a&client_id=evil',
    ';x',
    '\\..\\',
    '//evil.example',
  ]
  const url = async (clientId: string, value: string): Promise<URL> => {
    const trips = on.page.left.length
    const session = on.client({
      clientId,
      scope: `openid ${value.replaceAll(/[\\"]/g, '')}`,
      resource: value,
    })
    void session.signIn({ loginHint: value, returnTo: value })
    while (on.page.left.length === trips) await turn()
    return new URL(on.page.left.at(-1) ?? '')
  }
  const plain = await url('shop', 'x')
  const names = [...plain.searchParams.keys()].toSorted()
  for (const value of hostile) {
    const asked = await url(value, value)
    assert.equal(asked.origin + asked.pathname, plain.origin + plain.pathname, value)
    assert.equal(asked.hash, '')
    assert.deepEqual([...asked.searchParams.keys()].toSorted(), names, value)
    for (const name of ['client_id', 'login_hint', 'resource'])
      assert.equal(asked.searchParams.get(name), value)
  }
})
