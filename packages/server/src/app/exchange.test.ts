import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exchangeFindings, readExchange } from './exchange.ts'

const acme = { issuer: 'https://acme.example', jwks: 'https://acme.example/jwks.json' }

/** Where problems are found. */
const placesOf = (written: unknown) =>
  exchangeFindings(written).map(({ path }) => path.replace('countersign.config: ', ''))

test('nothing is wrong with no exchange, nor with a sound one', () => {
  assert.deepEqual(exchangeFindings(undefined), [])
  const partners = { acme, bolt: { issuer: 'bolt', secretFile: 's.jwk', encryptToFile: 'e.jwk' } }
  assert.deepEqual(exchangeFindings({ issuer: 'me', keyFile: 'k.jwk', partners }), [])
})

test('each problem is named by its place', () => {
  assert.deepEqual(placesOf({ partners: { acme: { ...acme, issuer: '' } } }), [
    'exchange.partners.acme.issuer',
  ])
  assert.deepEqual(placesOf({ partners: { acme: { issuer: 'a' } } }), ['exchange.partners.acme'])
  assert.deepEqual(placesOf({ partners: { acme: { ...acme, secretFile: 's' } } }), ['exchange.partners.acme'])
  assert.deepEqual(placesOf({ partners: { acme: { ...acme, secret: 's' } } }), ['exchange.partners.acme'])
  assert.deepEqual(placesOf({ partners: { acme, also: acme } }), ['exchange'])
  assert.deepEqual(placesOf({ issuer: acme.issuer, partners: { acme } }), ['exchange'])
  assert.deepEqual(placesOf({}), ['exchange.partners'])
})

test('files are found from the folder of the configuration, addresses stay addresses', () => {
  const read = readExchange(
    { keyFile: 'keys/own.jwk', partners: { acme, bolt: { issuer: 'b', jwks: 'keys/bolt.json' } } },
    '/etc/countersign/countersign.config.ts',
  )
  assert.equal(read.keyFile, '/etc/countersign/keys/own.jwk')
  assert.equal(read.partners['acme']?.jwks, acme.jwks)
  assert.equal(read.partners['bolt']?.jwks, '/etc/countersign/keys/bolt.json')
})
