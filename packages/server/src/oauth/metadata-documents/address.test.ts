import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressFault, isAddress, vouchingHost } from './address.ts'

test('an address that is written as it is sent, with a path, may be fetched', () => {
  for (const id of [
    'https://app.example/client.json',
    'https://app.example:8443/client',
    'https://app.example/a/b?version=2',
    'https://app.example/%7Euser/client',
    'https://xn--bcher-kva.example/client.json',
  ])
    assert.equal(addressFault(id), null, id)
})

test('an address that could be written in another way, or says too much, is refused', () => {
  for (const id of [
    'http://app.example/client.json',
    'HTTPS://app.example/client.json',
    'https://app.example',
    'https://app.example/',
    'https://app.example?client',
    'https://app.example/client#part',
    'https://app.example/client#',
    'https://user@app.example/client',
    'https://user:word@app.example/client',
    'https://@app.example/client',
    'https://app.example/a/../client',
    'https://app.example/./client',
    'https://app.example/a/%2e%2e/client',
    'https://app.example/a/.%2E/client',
    'https://App.example/client',
    'https://app.example:443/client',
    'https://bücher.example/client',
    'https://app.example\\client',
    'https:app.example/client',
    'https:///app.example/client',
    'https://127.1/client',
    'https://0x7f000001/client',
    'https://app.example/client id',
    'https://app.example/client\n',
    ' https://app.example/client',
    'https://',
    'https://[::1/client',
    `https://app.example/${'a'.repeat(1000)}`,
  ])
    assert.notEqual(addressFault(id), null, id)
})

test('ids of registered clients are no addresses, and nobody vouches for them', () => {
  for (const id of ['demo-spa', 'client_123', 'https', 'app.example', 'usr_1']) {
    assert.equal(isAddress(id), false, id)
    assert.equal(vouchingHost(id), null, id)
  }
  assert.equal(isAddress('https://x'), true)
  assert.equal(isAddress('HTTP://x'), true)
  assert.equal(vouchingHost('https://app.example:8443/client'), 'app.example:8443')
})
