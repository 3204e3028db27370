// What a guard remembers of proofs, and what it asks of them: used once, made now.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { passes, refuses, start, url, world } from './dpop.fixture.ts'
import { authorizeRequest, createVerifier, UnauthenticatedError, UnavailableError } from './index.ts'

test('where nonces are asked for, a proof without one of now is answered with the one to use', async () => {
  const { ask, headers, clock, verifier } = await world({ dpop: { nonces: true } })
  const first = await ask()
  refuses(first, 'use_dpop_nonce', /nonce/)
  assert.ok(!first.ok)
  const nonce = first.headers['dpop-nonce'] ?? ''
  assert.match(nonce, /^[\w-]{43}$/)
  assert.match(first.headers['www-authenticate'] ?? '', /^DPoP error="use_dpop_nonce"/)
  assert.equal(first.status, 401)
  refuses(await ask(headers({ nonce: `${nonce}x` })), 'use_dpop_nonce', /nonce/)
  const passed = await ask(headers({ nonce }))
  passes(passed)
  assert.ok(passed.ok)
  assert.equal(passed.headers, undefined)

  clock.now += 120
  const later = await ask(headers({ nonce }))
  passes(later)
  assert.ok(later.ok)
  const next = later.headers?.['dpop-nonce'] ?? ''
  assert.notEqual(next, nonce)
  clock.now += 120
  refuses(await ask(headers({ nonce })), 'use_dpop_nonce', /nonce/)
  passes(await ask(headers({ nonce: next })))
  const alone = new Request(url, { headers: headers() })
  await assert.rejects(verifier.verify(alone), (error) => {
    assert.ok(error instanceof UnauthenticatedError)
    return error.code === 'use_dpop_nonce' && error.getResponse().headers.has('dpop-nonce')
  })
})

test('processes that share a secret know each other’s nonces', async () => {
  const nonces = 'a secret of thirty-two characters and more'
  const [one, other, stranger] = await Promise.all([
    world({ dpop: { nonces } }),
    world({ dpop: { nonces } }),
    world({ dpop: { nonces: true } }),
  ])
  const asked = await one.ask()
  const nonce = asked.ok ? '' : (asked.headers['dpop-nonce'] ?? '')
  passes(await other.ask(other.headers({ nonce })))
  refuses(await stranger.ask(stranger.headers({ nonce })), 'use_dpop_nonce', /nonce/)
  await assert.rejects(world({ dpop: { nonces: 'short' } }), /32 characters/)
})

test('a memory of proofs that several processes share is asked, and its failure is neither yes nor no', async () => {
  const known = new Map<string, number>()
  const replay = {
    consume: async (proof: string, until: number) => {
      const isFirst = !known.has(proof)
      known.set(proof, until)
      return isFirst
    },
  }
  const [one, other] = await Promise.all([world({ dpop: { replay } }), world({ dpop: { replay } })])
  const sent = one.headers()
  passes(await one.ask(sent))
  assert.deepEqual([...known.values()], [start + 60])
  const elsewhere = createVerifier({ ...one.issuer.options, dpop: { replay } })
  const replayed = await authorizeRequest(new Request(url, { headers: sent }), elsewhere)
  refuses(replayed, 'invalid_dpop_proof', /used before/)
  passes(await other.ask())
  for (const consume of [
    () => Promise.reject(new Error('down')),
    () => assert.fail(),
    () => undefined as never,
  ]) {
    const { ask, headers, verifier } = await world({ dpop: { replay: { consume } } })
    const outcome = await ask()
    assert.ok(!outcome.ok)
    if (outcome.code === 'invalid_dpop_proof') continue
    refuses(outcome, 'unavailable', /remembered/)
    await assert.rejects(verifier.verify(new Request(url, { headers: headers() })), UnavailableError)
  }
})
