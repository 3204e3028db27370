import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSubset } from '@countersign/protocol'
import fc from 'fast-check'
import type { Api } from '../apis/api.ts'
import { apisOf } from '../apis/catalogue.ts'
import { accountAccess, accounts, payment } from '../details/bank.fixture.ts'
import { detailsTypeOf } from '../details/declare.ts'
import { isWithin } from '../details/within.ts'
import type { AskedFor } from './asked.ts'
import type { Consent } from './consents.store.ts'
import { type Choice, everything, itemsOf, keptOf } from './items.ts'
import { agreementOf, offerOf, rememberedOf } from './offer.ts'

const api = (identifier: string, scopes: string[], details: Api['details'] = []): Api => ({
  identifier,
  name: identifier,
  scopes: scopes.map((name) => ({ name, description: '' })),
  tokenFormat: 'jwt',
  accessTokenSeconds: 300,
  encryption: null,
  details,
})
const types = [detailsTypeOf(payment), detailsTypeOf(accountAccess)]
const apis = apisOf([
  api('urn:bank', ['read', 'write'], types),
  api('urn:ledger', ['entries']),
  api('urn:bare', []),
])

const access = fc
  .subarray([...accounts], { minLength: 1 })
  .map((some) => ({ type: 'account_access', actions: ['balances'], accounts: some }))
const pays = fc.constantFrom('1', '2').map((value) => ({
  type: 'payment',
  amount: { value, currency: 'EUR' },
  creditor: 'A',
  iban: accounts[0],
}))
const scopes = fc.subarray(['openid', 'email', 'offline_access', 'read', 'write', 'entries'], {
  minLength: 1,
})
const asks = fc
  .record({
    scope: scopes,
    disclosed: fc.subarray(['phone', 'profile']),
    bare: fc.boolean(),
    details: fc.array(fc.oneof(access, pays), { maxLength: 2 }),
  })
  .map(({ scope, disclosed, bare, details }): AskedFor => {
    const meant = [
      ...scope.map((name) => apis.ofScope(name)),
      ...details.map(({ type }) => apis.ofDetails(type)),
    ].flatMap((one) => one?.identifier ?? [])
    const resources = [...new Set([...meant, ...(bare ? ['urn:bare'] : [])])]
    const claims = { userinfo: { phone_number: null, name: null }, idToken: { email: null } }
    const isIdentity = scope.includes('openid')
    return {
      scope,
      resources,
      disclosed: isIdentity ? disclosed : [],
      ...(isIdentity && { claims }),
      ...(details.length > 0 && { details }),
    }
  })
const choices: fc.Arbitrary<Choice> = fc.func(fc.boolean()).map((has) => ({ has }))

const nobodys = { userId: 'u', clientId: 'c', redirectUri: '', sessionId: 's', grantedAt: 1, usedAt: 1 }
const after = (remembers: Pick<Consent, 'scope' | 'resources' | 'details' | 'declined'>): Consent => ({
  ...nobodys,
  ...remembers,
})

/** What is left of a request may be had by whoever may have the request. */
function assertWithin(kept: AskedFor, asked: AskedFor): void {
  assert.ok(isSubset(kept.scope, asked.scope) && isSubset(kept.disclosed, asked.disclosed))
  assert.ok(isSubset(kept.resources, asked.resources))
  assert.ok(isWithin(kept.details ?? [], asked.details ?? [], apis.detailsType))
  assert.ok(isSubset(Object.keys(kept.claims?.idToken ?? {}), Object.keys(asked.claims?.idToken ?? {})))
  for (const name of kept.scope) {
    const of = apis.ofScope(name)?.identifier
    assert.ok(of === undefined || kept.resources.includes(of))
  }
}

test('whatever a person ticks, what is left is within what was asked, and everything is all of it', () => {
  fc.assert(
    fc.property(asks, choices, (asked, choice) => {
      const kept = keptOf(asked, choice, apis)
      if (kept !== null) assertWithin(kept, asked)
      const all = keptOf(asked, everything, apis)
      if (all === null) assert.deepEqual([asked.scope, asked.details], [['offline_access'], undefined])
      else {
        assert.deepEqual(
          [all.scope, all.resources, all.details],
          [asked.scope, asked.resources, asked.details],
        )
      }
      const nothing = keptOf(asked, { has: () => false }, apis)
      assert.deepEqual(nothing?.scope ?? [], asked.scope.includes('openid') ? ['openid'] : [])
    }),
  )
})

test('what a person answers is what the same request is given afterwards, without a question', () => {
  fc.assert(
    fc.property(asks, asks, choices, choices, fc.boolean(), (before, asked, one, two, again) => {
      const first = agreementOf(offerOf(before, null, apis, true), one, null, apis)
      const consent = first.kept === null ? null : after(first.remembers)
      const offer = offerOf(asked, consent, apis, again)
      const { kept, remembers, takesBack } = agreementOf(offer, two, consent, apis)
      assert.deepEqual([...offer.open, ...offer.given].length, itemsOf(asked, apis).length)
      if (kept === null) return
      assertWithin(kept, asked)
      const isEach = (detail: { type: string }): boolean => detail.type === 'payment'
      const then = rememberedOf(asked, after(remembers), apis)
      const isWhole = isWithin(asked.details ?? [], kept.details ?? [], apis.detailsType)
      const lasting = isWhole && !(asked.details ?? []).some(isEach)
      if (lasting) {
        assert.deepEqual(then?.scope, kept.scope)
        assert.deepEqual(then?.disclosed, kept.disclosed)
      }
      assert.ok(!remembers.details.some(isEach), 'a payment is remembered by nobody')
      const given = new Set([
        ...kept.scope.map((name) => `scope:${name}`),
        ...kept.disclosed.map((name) => `claims:${name}`),
      ])
      assert.ok(!remembers.declined.some((key) => given.has(key)), 'nothing is given and left out at once')
      if (!again) assert.equal(takesBack, false, 'only who is asked anew takes back')
      if (!again && consent !== null) assert.ok(isSubset(consent.scope, remembers.scope), 'more is not less')
    }),
  )
})
