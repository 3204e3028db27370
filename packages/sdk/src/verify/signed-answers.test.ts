import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type IntrospectionClaims, publicJwk, type SigningKey, signToken } from '@countersign/protocol'
import { testEncryptionKey, testIssuer } from '../testing/index.ts'
import { encryptedTo, newSigningKey } from '../testing/test-keys.ts'
import { createVerifier, UnauthenticatedError, UnavailableError } from './index.ts'

const now = 1_800_000_000
const type = 'application/token-introspection+jwt'
const good = { active: true, sub: 'usr_ada', client_id: 'c', aud: 'https://api.test', exp: now + 60 }

type Sign = (claims: object, key?: SigningKey) => string

/** A verifier that wants signed answers, and gets this one. */
async function asking(
  answer: (claims: Record<string, unknown>, sign: Sign) => string | Response | Promise<string>,
  options: object = {},
) {
  const issuer = await testIssuer({ now: () => now })
  const key = await newSigningKey()
  const sign: Sign = (said, by = key) => signToken('introspection', said as IntrospectionClaims, by)
  const claims = { iss: issuer.issuer, aud: 'test-api', iat: now, token_introspection: good }
  const verifier = createVerifier({
    ...issuer.options,
    mode: 'database',
    signedAnswers: true,
    jwks: { keys: [publicJwk(key)] },
    ...options,
    fetch: async (url, init) => {
      if (!url.endsWith('/introspect')) return issuer.fetch(url, init)
      assert.equal(new Headers(init.headers).get('accept'), type)
      const body = await answer(claims, sign)
      return typeof body === 'string' ? new Response(body, { headers: { 'content-type': type } }) : body
    },
  })
  return { verifier, token: issuer.token() }
}

test('an answer that the issuer signed for this API becomes a principal', async () => {
  let at = now
  const issuer = await testIssuer({ now: () => at })
  const verifier = createVerifier({ ...issuer.options, mode: 'database', signedAnswers: true })
  const token = issuer.token({ subject: 'usr_ada', scope: 'a b' })
  const principal = await verifier.verify(token)
  assert.deepEqual([principal.subject, principal.scope], ['usr_ada', ['a', 'b']])
  await issuer.rotate()
  at += 31
  assert.equal((await verifier.verify(token)).subject, 'usr_ada', 'by a key that was not known')
  issuer.revoke(token)
  await assert.rejects(verifier.verify(token), UnauthenticatedError)
})

test('an answer that nobody signed, or not for us, or not now, is none', async () => {
  const stranger = await newSigningKey()
  const answers: Parameters<typeof asking>[0][] = [
    () => Response.json(good),
    () => new Response(JSON.stringify(good), { headers: { 'content-type': type } }),
    (claims, sign) => sign({ ...claims, aud: 'another-api' }),
    (claims, sign) => sign({ ...claims, iss: 'https://another.test' }),
    (claims, sign) => sign({ ...claims, iat: now - 76 }),
    (claims, sign) => sign({ ...claims, iat: now + 60 }),
    (claims, sign) => sign(claims, stranger),
    (claims, sign) => `${sign(claims)}x`,
    (claims, sign) => new Response(sign(claims), { headers: { 'content-type': 'application/jwt' } }),
  ]
  for (const [index, answer] of answers.entries()) {
    const { verifier, token } = await asking(answer)
    await assert.rejects(verifier.verify(token), UnavailableError, `answer ${index}`)
  }
  const { verifier, token } = await asking((claims, sign) => sign(claims))
  assert.equal((await verifier.verify(token)).subject, 'usr_ada')
})

test('an answer that is encrypted is opened first', async () => {
  const key = await testEncryptionKey()
  const sealed = (claims: object, sign: Sign) => encryptedTo(key.publicJwk, sign(claims))
  const { verifier, token } = await asking(sealed, { decryption: { keys: key.privateJwk } })
  assert.equal((await verifier.verify(token)).subject, 'usr_ada')
  const without = await asking(sealed)
  await assert.rejects(without.verifier.verify(without.token), UnavailableError)
  const other = await asking(sealed, { decryption: { keys: (await testEncryptionKey()).privateJwk } })
  await assert.rejects(other.verifier.verify(other.token), UnavailableError)
})

test('signed answers are for who asks', async () => {
  const issuer = await testIssuer()
  assert.throws(() => createVerifier({ ...issuer.options, signedAnswers: true }), /mode 'database'/)
})
