import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, test } from 'node:test'
import { jwkOf, type OwnKey, ownKey } from '../../../../../tests/harness/own-key.ts'
import { type House, openHouse } from '../../platform/house.ts'
import { type Jwk, recipientKey } from '../tokens/encryption.ts'
import { changeKeys } from './change-keys.ts'
import { clientById } from './clients.store.ts'
import type { DescribedKeys } from './keys.ts'
import { type ClientDescription, createClient } from './registration.ts'

const on = { encryptedTokens: true }
let house: House
let key: OwnKey
let signing: Jwk
before(async () => {
  house = await openHouse()
  key = await ownKey('ECDH-ES')
  signing = jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey)
})
after(() => house.close())

let made = 0

/** The findings of a client with these keys; none when it was registered. */
async function findings(more: Partial<ClientDescription>, options = on): Promise<string[]> {
  made += 1
  const web = { id: `web-${made}`, name: 'Web', redirectUris: ['https://rp.example/cb'] }
  const created = await createClient(house, { ...web, ...more }, options)
  return created.ok ? [] : created.findings.map(({ path, code }) => `${path} ${code}`)
}

test('ID tokens are encrypted to a registered public key that is strong and meant for it', async () => {
  const idTokenEncryption = key.encryption
  const set = (...keys: Jwk[]) => ({ idTokenEncryption, jwks: { keys } })
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const rsa = { alg: 'RSA-OAEP-256', enc: 'A256GCM' } as const
  const expected: [string, Partial<ClientDescription>, string[]][] = [
    ['a key for it', set(key.jwk), []],
    ['beside one that signs', { ...set(signing, key.jwk), authentication: 'private_key_jwt' }, []],
    ['a public client’s', { ...set(key.jwk), authentication: 'none' }, []],
    ['no keys', { idTokenEncryption }, ['jwks missing']],
    ['none that says use', set(signing), ['jwks unsupported']],
    ['one for another algorithm', set({ ...key.jwk, alg: 'ECDH-ES+A256KW' }), ['jwks unsupported']],
    ['one of another type', { ...set(key.jwk), idTokenEncryption: rsa }, ['jwks unsupported']],
    ['a weak one', { ...set({ ...jwkOf(weak), use: 'enc' }), idTokenEncryption: rsa }, ['jwks weak']],
    ['a private one', set({ ...jwkOf(privateKey), use: 'enc' }), ['jwks secret_in_public']],
    ['a private one beside it', set(key.jwk, jwkOf(privateKey)), ['jwks secret_in_public']],
    ['a point off the curve', set({ ...key.jwk, y: key.jwk['x'] }), ['jwks malformed']],
    ['two of one kid', set(key.jwk, key.jwk), ['jwks duplicate_kid']],
    ['no set', { idTokenEncryption, jwks: { keys: 'key' } }, ['jwks malformed']],
    [
      'a shared secret',
      { ...set(key.jwk), idTokenEncryption: { alg: 'dir', enc: 'A256GCM' } },
      ['idTokenEncryption unknown'],
    ],
    ['keys for nothing yet', { jwks: { keys: [key.jwk] } }, []],
    ['keys here and there', { jwks: { keys: [] }, jwksUri: 'https://a.example/jwks' }, ['jwksUri both']],
    [
      'a key to encrypt to as one to sign with',
      { ...set(key.jwk), authentication: 'private_key_jwt' },
      ['jwks unusable'],
    ],
  ]
  for (const [name, more, codes] of expected) assert.deepEqual(await findings(more), codes, name)
  assert.deepEqual(await findings(set(key.jwk), { encryptedTokens: false }), ['idTokenEncryption off'])
})

test('of several keys the first that fits is used: who replaces one lists the new one first', async () => {
  const next = await ownKey('ECDH-ES', 'A256GCM', 'next')
  const keys = [signing, { ...key.jwk, kid: 'odd', use: undefined }, { ...key.jwk, crv: 'P-384' }]
  const { kid } = await recipientKey({ keys: [...keys, next.jwk, key.jwk] }, key.encryption)
  assert.equal(kid, 'next')
})

test('keys are replaced alone, and ID tokens can be signed alone again', async () => {
  const { encryption, jwk } = key
  const next = await ownKey('ECDH-ES', 'A256GCM', 'next')
  await findings({ id: 'changing', idTokenEncryption: encryption, jwks: { keys: [jwk] } })
  const change = async (keys: DescribedKeys, options = on) => {
    const client = (await clientById(house.database, 'changing')) ?? assert.fail()
    const codes = (await changeKeys(house, client, keys, options)).map(({ path, code }) => `${path} ${code}`)
    const { jwks, idTokenEncryption } = (await clientById(house.database, 'changing')) ?? assert.fail()
    return [codes.join(), jwks, idTokenEncryption]
  }
  const before = { keys: [jwk] }
  const after = { keys: [next.jwk] }
  const cbc = { ...encryption, enc: 'A128CBC-HS256' } as const
  assert.deepEqual(await change({ jwks: { keys: [signing] } }), ['jwks unsupported', before, encryption])
  assert.deepEqual(await change({ jwks: after }, { encryptedTokens: false }), [
    'idTokenEncryption off',
    before,
    encryption,
  ])
  assert.deepEqual(await change({ jwks: after }), ['', after, encryption])
  assert.deepEqual(await change({ idTokenEncryption: cbc }), ['', after, cbc])
  assert.deepEqual(await change({ idTokenEncryption: null }, { encryptedTokens: false }), ['', after, null])
  assert.deepEqual(await change({ jwks: before }), ['', before, null])
})
