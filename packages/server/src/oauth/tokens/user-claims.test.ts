import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ada, grace } from '../house.ts'
import { claimsByName, claimsOfScope, personClaims, scopeOf } from './user-claims.ts'

test('C34 (CVE-2024-29892): nothing stored about a person can pose as a claim of ours', () => {
  const liar = {
    ...ada,
    claims: {
      ...ada.claims,
      sub: 'usr_admin',
      iss: 'x',
      aud: 'x',
      roles: ['admin'],
      email: 'x@evil.example',
    },
  }
  const asked = {
    sub: null,
    iss: null,
    aud: null,
    roles: null,
    __proto__: null,
    constructor: null,
    email: null,
  }
  assert.deepEqual(claimsByName(liar, asked), { email: 'ada@example.test' })
  assert.equal(claimsOfScope(liar, ['profile', 'email'])['email'], 'ada@example.test')
  assert.equal('roles' in claimsOfScope(liar, ['openid', 'roles', 'profile']), false)
})

test('what is not known of a person is left out', () => {
  assert.deepEqual(claimsOfScope(grace, ['address', 'phone']), {})
  assert.deepEqual(claimsOfScope({ ...grace, email: null }, ['email']), {})
  assert.deepEqual(claimsOfScope({ ...grace, username: null }, ['profile']), {
    name: 'Grace Hopper',
    updated_at: 1,
  })
})

test('a person with everything filled in tells every standard claim', () => {
  const told = claimsOfScope(ada, ['profile', 'email', 'address', 'phone'])
  const stored = personClaims.filter((claim) => scopeOf(claim) !== 'roles')
  assert.deepEqual(Object.keys(told).toSorted(), stored.toSorted())
})

test('a scope that tells of nobody gives nothing', () => {
  assert.deepEqual(claimsOfScope(ada, ['openid', 'offline_access', 'accounts:read', 'constructor']), {})
})
