import assert from 'node:assert/strict'
import { test } from 'node:test'
import { networksOf } from './network.ts'

test('an IPv4 address is a network of its own', () => {
  assert.deepEqual(networksOf('203.0.113.7'), { near: '203.0.113.7', wide: '203.0.113.7' })
})

test('PW-15: addresses of one /64 are one network, and those of one /56 one wider network', () => {
  assert.deepEqual(networksOf('2001:db8:1:2ff::1'), {
    near: '2001:db8:1:2ff::/64',
    wide: '2001:db8:1:200::/56',
  })
  assert.equal(networksOf('2001:DB8:1:02ff:dead:beef:0:9').near, networksOf('2001:db8:1:2ff::1').near)
  assert.equal(networksOf('2001:db8:1:201::1').wide, networksOf('2001:db8:1:2ff::1').wide)
  assert.notEqual(networksOf('2001:db8:1:300::1').wide, networksOf('2001:db8:1:2ff::1').wide)
  assert.equal(networksOf('::1').near, '0:0:0:0::/64')
  assert.equal(networksOf('fe80::1%eth0').near, 'fe80:0:0:0::/64')
})

test('an IPv4 address in IPv6 clothes is the IPv4 address', () => {
  assert.equal(networksOf('::ffff:203.0.113.7').near, '203.0.113.7')
  assert.equal(networksOf('::ffff:cb00:7107').wide, '203.0.113.7')
})

test('what is no address is counted as it stands', () => {
  assert.deepEqual(networksOf('unix'), { near: 'unix', wide: 'unix' })
})
