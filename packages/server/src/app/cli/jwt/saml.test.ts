import assert from 'node:assert/strict'
import { createVerify, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { SignedXml } from 'xml-crypto'
import { makeSaml, NotXml } from './saml.ts'
import { makeSwt } from './swt.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey
const now = 1_800_000_000
const signer = { privateKey, keyName: 'k1' }

const rich = {
  iss: 'https://id.example.com',
  sub: 'usr_<ada> & "Grace"\r\n\tof London > Paris',
  aud: ['https://api.example.com', 'https://other.example.com?a=1&b=2'],
  exp: now + 300,
  nbf: now - 5,
  iat: now,
  jti: 'tok_1',
  auth_time: now - 60,
  acr: 'urn:example:silver',
  roles: ['teller', 'Zoë 🦊'],
  'https://example.com/"quoted"<name>': 'a\tb\nc\rd',
  active: true,
  level: 1.5,
  nothing: null,
  address: { country: 'GB', lines: ['<b>'] },
}

/** What an implementation of XML signatures that is not ours says of it. */
function verifies(xml: string, key: KeyObject): boolean {
  const signature = /<ds:Signature[\s\S]*<\/ds:Signature>/.exec(xml)?.[0] ?? ''
  const signed = new SignedXml({
    publicCert: key.export({ type: 'spki', format: 'pem' }) as string,
    getCertFromKeyInfo: () => null,
  })
  signed.loadSignature(signature)
  try {
    return signed.checkSignature(xml) && signed.getSignedReferences().length === 1
  } catch {
    return false
  }
}

test('an independent verifier accepts the assertion, whatever characters it holds', () => {
  for (const claims of [{}, { sub: 'a' }, { acr: 'x' }, { aud: 'one' }, { custom: ['a', 'b'] }, rich]) {
    assert.equal(verifies(makeSaml(claims, signer, now).token, publicKey), true, JSON.stringify(claims))
  }
})

test('of any claims at all there is an assertion that it accepts, or none', () => {
  const text = fc.string({ unit: 'binary', maxLength: 20 })
  const value = fc.oneof(text, fc.jsonValue({ maxDepth: 2 }), fc.array(text, { maxLength: 3 }))
  const claims = fc.dictionary(fc.oneof(text, fc.constantFrom('iss', 'sub', 'aud', 'acr', 'jti')), value, {
    maxKeys: 5,
  })
  let made = 0
  fc.assert(
    fc.property(claims, (any) => {
      let token: string
      try {
        token = makeSaml(any, signer, now).token
      } catch (error) {
        assert.ok(error instanceof NotXml)
        return
      }
      made++
      assert.equal(verifies(token, publicKey), true)
    }),
    { numRuns: 150 },
  )
  assert.ok(made > 30, String(made))
})

test('and refuses it when a character of it is another, or the key is', () => {
  const { token } = makeSaml(rich, signer, now)
  assert.equal(verifies(token, stranger), false)
  for (const [from, to] of [
    ['usr_', 'usr-'],
    ['teller', 'Teller'],
    ['Version="2.0"', 'Version="2.1"'],
    ['rsa-sha256"></ds:SignatureMethod>', 'rsa-sha512"></ds:SignatureMethod>'],
  ] as const) {
    assert.ok(token.includes(from))
    assert.equal(verifies(token.replace(from, to), publicKey), false, from)
  }
})

test('what the assertion says is what was claimed', () => {
  const { token, losses } = makeSaml(rich, signer, now)
  for (const part of [
    '<saml:Issuer>https://id.example.com</saml:Issuer>',
    ' ID="tok_1" IssueInstant="2027-01-15T08:00:00Z" ',
    'NotBefore="2027-01-15T07:59:55Z" NotOnOrAfter="2027-01-15T08:05:00Z"',
    '<saml:AttributeValue>teller</saml:AttributeValue><saml:AttributeValue>Zoë 🦊</saml:AttributeValue>',
    '<saml:NameID>usr_&lt;ada&gt; &amp; "Grace"&#xD;\n\tof London &gt; Paris</saml:NameID>',
  ])
    assert.ok(token.includes(part), part)
  assert.deepEqual(losses, ['address'])
})

test('what no XML document may hold makes no assertion', () => {
  for (const sub of ['a\u0000b', '\u001b[2J', '\uFFFE', '\uD800'])
    assert.throws(() => makeSaml({ sub }, signer, now), NotXml)
  assert.throws(() => makeSaml({ exp: 1e18 }, signer, now), NotXml)
})

test('a simple web token is a form with its HMAC at the end', async () => {
  const secret = randomBytes(32)
  const { token, losses } = makeSwt(rich, secret)
  const [signed = '', mac = ''] = token.split('&HMACSHA256=')
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'verify',
  ])
  const sent = Buffer.from(decodeURIComponent(mac), 'base64')
  assert.equal(await crypto.subtle.verify('HMAC', key, sent, Buffer.from(signed)), true)
  const form = new URLSearchParams(signed)
  assert.equal(form.get('Issuer'), rich.iss)
  assert.equal(form.get('ExpiresOn'), String(rich.exp))
  assert.equal(form.get('sub'), rich.sub)
  assert.deepEqual(losses, ['aud', 'roles', 'address'])
  assert.match(token, /^[\w.~*+%&=-]+$/, 'it fits a header')
})

test('the signature is RSA over SHA-256, as it says of itself', () => {
  const { token } = makeSaml({ sub: 'a' }, signer, now)
  const [, inside = ''] = /<ds:SignedInfo>([\s\S]*?<\/ds:SignedInfo>)/.exec(token) ?? []
  const [, value = ''] = /<ds:SignatureValue>([^<]+)/.exec(token) ?? []
  const canonical = `<ds:SignedInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">${inside}`
  assert.ok(createVerify('sha256').update(canonical).verify(publicKey, value, 'base64'))
})
