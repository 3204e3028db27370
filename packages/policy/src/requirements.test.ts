import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Decision, decide, type Requirement } from './decision.ts'
import type { Principal } from './principal.ts'
import {
  actedBy,
  allOf,
  anyOf,
  authenticatedWithin,
  hasDetail,
  hasRole,
  hasScope,
  not,
} from './requirements.ts'

const now = 1_800_000_000
const ada: Principal = {
  subject: 'usr_ada',
  clientId: 'demo-spa',
  scope: ['openid', 'accounts:read'],
  roles: ['customer'],
  authenticatedAt: now - 100,
  claims: {},
}
const machine: Principal = {
  subject: 'demo-machine',
  clientId: 'demo-machine',
  scope: ['accounts:read'],
  roles: [],
  claims: {},
}

const yes: Requirement = () => ({ allowed: true, reasons: ['yes'] })
const noScope: Requirement = hasScope('nobody:has')
const noRole: Requirement = hasRole('nobody')
const noSignIn: Requirement = authenticatedWithin(10, now)

test('who acts for the subject is the outermost actor alone', () => {
  const acting = (act: unknown): Principal => ({ ...ada, claims: { act } })
  const bank = acting({ sub: 'bank-api', act: { sub: 'desk' } })
  assert.deepEqual(decide(bank, actedBy('bank-api', 'other')), { allowed: true, reasons: ['bank-api acts'] })
  assert.deepEqual(decide(bank, actedBy('desk')), {
    allowed: false,
    error: 'insufficient_role',
    reasons: ['not desk acts'],
  })
  for (const act of [
    undefined,
    null,
    'bank-api',
    ['bank-api'],
    {},
    { sub: ['bank-api'] },
    { act: { sub: 'bank-api' } },
  ])
    assert.equal(decide(acting(act), actedBy('bank-api')).allowed, false)
  assert.equal(decide(bank, actedBy()).allowed, false)
  assert.equal(decide(ada, not(actedBy('bank-api'))).allowed, true)
})

test('one of the roles is enough', () => {
  assert.deepEqual(decide(ada, hasRole('teller', 'customer')), {
    allowed: true,
    reasons: ['has the role customer'],
  })
  assert.deepEqual(decide(ada, hasRole('teller', 'admin')), {
    allowed: false,
    error: 'insufficient_role',
    reasons: ['lacks the role teller or admin'],
  })
  assert.equal(decide(ada, hasRole()).allowed, false)
  assert.equal(decide(ada, hasRole('Customer')).allowed, false)
})

test('all of the scopes are needed, and the refusal names them all', () => {
  assert.deepEqual(decide(ada, hasScope('openid', 'accounts:read')), {
    allowed: true,
    reasons: ['has the scope openid accounts:read'],
    scope: ['openid', 'accounts:read'],
  })
  assert.deepEqual(decide(ada, hasScope('accounts:read', 'transfers:write')), {
    allowed: false,
    error: 'insufficient_scope',
    reasons: ['lacks the scope transfers:write'],
    scope: ['accounts:read', 'transfers:write'],
  })
  assert.equal(decide(ada, hasScope('accounts')).allowed, false)
})

test('a detail of the type is needed, and where it is looked into, one that is enough', () => {
  const details = [
    { type: 'payment', amount: '5' },
    { type: 'payment', amount: '50' },
  ]
  const principal = { ...ada, authorizationDetails: details }
  const least = (amount: number) => hasDetail('payment', (detail) => Number(detail['amount']) >= amount)
  assert.equal(decide(principal, hasDetail('payment')).allowed, true)
  assert.equal(decide(principal, least(50)).allowed, true)
  const refused = {
    allowed: false,
    error: 'insufficient_scope',
    reasons: ['lacks the authorization detail payment'],
  }
  assert.deepEqual(decide(principal, least(51)), refused)
  assert.deepEqual(decide(ada, hasDetail('payment')), refused)
  assert.equal(decide(principal, hasDetail('toString')).allowed, false)
  assert.equal(
    decide(
      principal,
      hasDetail('payment', () => 'yes' as never),
    ).allowed,
    false,
  )
})

test('a sign-in is recent enough up to the second, and never when its time is unknown', () => {
  assert.equal(decide(ada, authenticatedWithin(100, now)).allowed, true)
  assert.equal(
    decide(
      ada,
      authenticatedWithin(100, () => now),
    ).allowed,
    true,
  )
  assert.deepEqual(decide(ada, authenticatedWithin(99, now)), {
    allowed: false,
    error: 'insufficient_user_authentication',
    reasons: ['signed in 100 s ago, not 99'],
    maxAge: 99,
  })
  assert.deepEqual(decide(machine, authenticatedWithin(99, now)), {
    allowed: false,
    error: 'insufficient_user_authentication',
    reasons: ['the time of the sign-in is unknown'],
    maxAge: 99,
  })
})

test('a clock that is asked is asked at each decision', () => {
  let moment = now
  const requirement = authenticatedWithin(150, () => moment)
  assert.equal(decide(ada, requirement).allowed, true)
  moment += 100
  assert.equal(decide(ada, requirement).allowed, false)
})

test('all means every one; the reasons are complete and the refusal is the hardest to mend', () => {
  assert.deepEqual(decide(ada, allOf(yes, hasRole('customer'), hasScope('openid'))), {
    allowed: true,
    reasons: ['yes', 'has the role customer', 'has the scope openid'],
    scope: ['openid'],
  })
  const refused = decide(ada, allOf(noSignIn, noScope, yes, noRole))
  assert.deepEqual(refused, {
    allowed: false,
    error: 'insufficient_role',
    reasons: ['signed in 100 s ago, not 10', 'lacks the scope nobody:has', 'yes', 'lacks the role nobody'],
  })
  assert.equal(decide(ada, allOf()).allowed, true)
})

test('a refusal for scope names every scope that the whole needs, so that the next token is enough', () => {
  const whole = allOf(hasScope('accounts:read'), hasScope('transfers:write'), hasScope('cards:read'))
  const decision = decide(ada, whole)
  assert.ok(!decision.allowed)
  assert.deepEqual(decision.scope, ['accounts:read', 'transfers:write', 'cards:read'])
})

test('a refusal for the sign-in asks for the strictest age', () => {
  const decision = decide(
    ada,
    allOf(authenticatedWithin(60, now), authenticatedWithin(30, now), hasScope('openid')),
  )
  assert.ok(!decision.allowed)
  assert.deepEqual(
    [decision.error, decision.maxAge, decision.scope],
    ['insufficient_user_authentication', 30, undefined],
  )
})

test('a refusal for the sign-in asks for its class as well as its age, whichever is asked for first', () => {
  const ofClass =
    (...acrValues: string[]): Requirement =>
    () => ({
      allowed: false,
      error: 'insufficient_user_authentication',
      reasons: ['of another class'],
      acrValues,
    })
  const asked = (...requirements: Requirement[]) => {
    const decision = decide(ada, allOf(...requirements))
    assert.ok(!decision.allowed)
    return [decision.maxAge, decision.acrValues]
  }
  const recent = authenticatedWithin(30, now)
  assert.deepEqual(asked(recent, ofClass('passkey')), [30, ['passkey']])
  assert.deepEqual(asked(ofClass('passkey'), recent), [30, ['passkey']])
  assert.deepEqual(asked(recent, ofClass('mfa', 'passkey'), ofClass('passkey', 'card')), [30, ['passkey']])
  assert.deepEqual(asked(ofClass('mfa'), ofClass('card')), [undefined, ['mfa']])
  const scope = decide(ada, allOf(recent, ofClass('passkey'), noScope))
  assert.ok(!scope.allowed)
  assert.equal(scope.acrValues, undefined)
})

test('any means one; the refusal is the easiest to mend', () => {
  assert.deepEqual(decide(ada, anyOf(noRole, yes, noScope)), { allowed: true, reasons: ['yes'] })
  assert.deepEqual(decide(ada, anyOf(noRole, noScope, noSignIn)), {
    allowed: false,
    error: 'insufficient_user_authentication',
    reasons: ['lacks the role nobody', 'lacks the scope nobody:has', 'signed in 100 s ago, not 10'],
    maxAge: 10,
  })
  assert.deepEqual(decide(ada, anyOf()), {
    allowed: false,
    error: 'insufficient_role',
    reasons: ['nothing would be enough'],
  })
})

test('not turns a decision round and keeps its reasons', () => {
  assert.deepEqual(decide(ada, not(hasRole('customer'))), {
    allowed: false,
    error: 'insufficient_role',
    reasons: ['has the role customer'],
  })
  assert.deepEqual(decide(ada, not(noRole)), { allowed: true, reasons: ['lacks the role nobody'] })
})

test('C31 (GHSA-8fpg-xm3f-6cx3): what is not a decision is never taken for a yes, at any depth', () => {
  const impostors = [
    Promise.resolve({ allowed: true, reasons: [] }),
    true,
    {},
    'yes',
    { allowed: 'yes', reasons: [] },
    { allowed: false, reasons: [] },
    { allowed: true },
    null,
    undefined,
    new Error('no'),
  ]
  for (const impostor of impostors) {
    const requirement = (() => impostor) as unknown as Requirement
    for (const asked of [
      requirement,
      anyOf(noRole, requirement),
      allOf(yes, requirement),
      not(requirement),
    ]) {
      assert.throws(() => decide(ada, asked), TypeError)
    }
  }
})

test('names that lists have by nature are no roles and no scopes', () => {
  for (const name of ['length', 'constructor', '__proto__', '0', '']) {
    assert.equal(decide(ada, hasRole(name)).allowed, false)
    assert.equal(decide(ada, hasScope(name)).allowed, false)
  }
})

test('C30 (CVE-2024-38361): any composition decides as logic does', () => {
  type Tree = {
    readonly op: 'leaf' | 'all' | 'any' | 'not'
    readonly value: boolean
    readonly of: readonly Tree[]
  }
  const bounded = fc.memo(
    (depth): fc.Arbitrary<Tree> =>
      depth <= 1
        ? fc.boolean().map((value) => ({ op: 'leaf', value, of: [] }) as Tree)
        : fc.record({
            op: fc.constantFrom('all', 'any', 'not'),
            value: fc.boolean(),
            of: fc.array(bounded(), { minLength: 1, maxLength: 3 }),
          }),
  )
  const truth = ({ op, value, of }: Tree): boolean => {
    if (op === 'leaf') return value
    if (op === 'all') return of.every(truth)
    if (op === 'any') return of.some(truth)
    return !of.some(truth)
  }
  const built = ({ op, value, of }: Tree): Requirement => {
    if (op === 'leaf') return value ? yes : noRole
    const parts = of.map(built)
    if (op === 'all') return allOf(...parts)
    return op === 'any' ? anyOf(...parts) : not(anyOf(...parts))
  }
  fc.assert(
    fc.property(bounded(4), (each) => {
      const decision: Decision = decide(ada, built(each))
      assert.equal(decision.allowed, truth(each))
      assert.ok(decision.reasons.length > 0)
    }),
  )
})
