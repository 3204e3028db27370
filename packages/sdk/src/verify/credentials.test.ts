import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { testIssuer } from '../testing/index.ts'
import { authorizeRequest, createVerifier } from './index.ts'

const issuer = await testIssuer()
const verifier = createVerifier(issuer.options)
const good = issuer.token()
const [header = '', payload = '', signature = ''] = good.split('.')

const pieces = fc.constantFrom(
  'Bearer',
  'bearer',
  ' ',
  '  ',
  ',',
  '.',
  '=',
  '"',
  '\t',
  '\0',
  'é',
  good,
  header,
  payload,
  signature,
)
const values = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.array(fc.oneof(pieces, fc.string({ maxLength: 20 })), { maxLength: 12 }).map((parts) => parts.join('')),
)

test('no value of the header passes but a good token after the scheme, and none is a failure of ours', async () => {
  await fc.assert(
    fc.asyncProperty(values, async (authorization) => {
      const outcome = await authorizeRequest({ headers: { authorization } }, verifier)
      const isGood = /^bearer +/i.test(authorization) && authorization.replace(/^bearer +/i, '') === good
      assert.equal(outcome.ok, isGood)
      if (!outcome.ok) assert.ok(outcome.status === 400 || outcome.status === 401)
    }),
    { numRuns: 1000 },
  )
})

test('no cut or flipped character of a good token passes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: good.length - 1 }), fc.string({ maxLength: 2 }), async (at, put) => {
      const token = `${good.slice(0, at)}${put}${good.slice(at + 1)}`
      const outcome = await authorizeRequest({ headers: { authorization: `Bearer ${token}` } }, verifier)
      assert.equal(outcome.ok, token === good)
    }),
    { numRuns: 500 },
  )
})
