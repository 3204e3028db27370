import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuthorizationDetail } from '@countersign/protocol'
import fc from 'fast-check'
import { accountAccess, accounts, anAccess, aPayment, findType, payment } from './bank.fixture.ts'
import { choicesOf, chosenOf } from './choice.ts'
import { faultOf } from './conform.ts'
import { checkDetailsTypes, detailsTypeOf } from './declare.ts'
import type { DetailFields, DetailsType } from './types.ts'
import { isWithin } from './within.ts'
import { nameWords, wordsOf } from './words.ts'

const payments = detailsTypeOf(payment)
const accesses = detailsTypeOf(accountAccess)
const within = (asked: readonly AuthorizationDetail[], granted: readonly AuthorizationDetail[]) =>
  isWithin(asked, granted, findType)

test('RFC 9396 §5: a detail has the members of its type, each as declared, and no others', () => {
  const fault = (more: object) => faultOf({ ...aPayment, ...more } as AuthorizationDetail, payments)
  assert.equal(fault({}), null)
  const { reference: _, ...bare } = aPayment
  assert.equal(faultOf(bare, payments), null)
  const { creditor: __, ...lacking } = aPayment
  assert.equal(faultOf(lacking, payments), 'creditor is missing')
  const wrong: [object, RegExp][] = [
    [{ note: 1 }, /^it has a member/],
    [{ amount: { ...aPayment.amount, fee: '1' } }, /^amount has a member/],
    [{ amount: { value: '1' } }, /^amount\.currency is missing/],
    [{ amount: { value: 1, currency: 'EUR' } }, /^amount\.value is no amount/],
    [{ amount: { value: '-1', currency: 'EUR' } }, /^amount\.value/],
    [{ amount: { value: '1e3', currency: 'EUR' } }, /^amount\.value/],
    [{ amount: { value: '01', currency: 'EUR' } }, /^amount\.value/],
    [{ amount: { value: '1', currency: 'EURO' } }, /^amount\.currency is not of its form/],
    [{ amount: [] }, /^amount is no object/],
    [{ creditor: '' }, /^creditor is no text/],
    [{ creditor: 'x'.repeat(71) }, /^creditor is too long/],
    [{ creditor: 'A\u202eB' }, /^creditor has a character/],
    [{ creditor: 'A\nB' }, /^creditor has a character/],
    [{ creditor: null }, /^creditor/],
    [{ toString: 'x' }, /^it has a member/],
  ]
  for (const [more, words] of wrong) assert.match(fault(more) ?? 'nothing', words, JSON.stringify(more))
  const access = (more: object) => faultOf({ ...anAccess, ...more } as AuthorizationDetail, accesses)
  assert.equal(access({ days: 90 }), null)
  for (const more of [
    { days: 0 },
    { days: 1.5 },
    { days: '9' },
    { accounts: [] },
    { accounts: 'DE02' },
    { accounts: Array.from({ length: 21 }, () => accounts[0]) },
    { actions: ['close'] },
  ])
    assert.notEqual(access(more), null, JSON.stringify(more))
})

test('less of a detail is within it, more is not, and nothing is within everything', () => {
  const pays = (value: string, more: object = {}) => ({
    ...aPayment,
    ...more,
    amount: { value, currency: 'EUR' },
  })
  assert.ok(within([], []))
  assert.ok(within([], [aPayment]))
  assert.ok(!within([aPayment], []))
  for (const value of ['123.5', '123.50', '123.4999999999', '0', '9'])
    assert.ok(within([pays(value)], [aPayment]), value)
  for (const value of ['123.51', '123.500000000000000001', '1235', '200'])
    assert.ok(!within([pays(value)], [aPayment]), value)
  assert.ok(!within([pays('1', { creditor: 'Merchant B' })], [aPayment]))
  assert.ok(!within([{ ...aPayment, amount: { value: '1', currency: 'USD' } }], [aPayment]))
  const { reference: _, ...bare } = aPayment
  assert.ok(!within([bare], [aPayment]) && !within([aPayment], [bare]), 'a reference is no more and no less')
  assert.ok(!within([{ ...aPayment, type: 'unheard' }], [{ ...aPayment, type: 'unheard' }]))
  const sees = (more: object) => ({ ...anAccess, ...more })
  assert.ok(within([sees({ accounts: [accounts[2], accounts[0]] })], [anAccess]))
  assert.ok(!within([anAccess], [sees({ accounts: [accounts[0]] })]))
  assert.ok(within([sees({ days: 30 })], [sees({ days: 90 })]))
  assert.ok(within([sees({ days: 30 })], [anAccess]), 'without a number of days it is for good')
  assert.ok(!within([anAccess], [sees({ days: 90 })]))
})

test('one payment that was allowed is not two, however they are written', () => {
  const half = { ...aPayment, amount: { value: '60', currency: 'EUR' } }
  assert.ok(!within([half, half], [aPayment]))
  assert.ok(within([half, half], [aPayment, half]))
  // Only one order of partners works: the small one must leave the large one free.
  const one = { ...aPayment, amount: { value: '1', currency: 'EUR' } }
  assert.ok(within([one, half], [half, one]) && within([half, one], [one, half]))
  assert.ok(
    within([one, half], [aPayment, half]) && !within([one, aPayment], [aPayment, { ...one, creditor: 'B' }]),
  )
})

// Details of every kind of member, so that what holds of the comparison holds of every type.
const everyKind: DetailsType = detailsTypeOf({
  type: 'every',
  words: 'Everything',
  fields: {
    text: { kind: 'text', optional: true, absent: 'widest' },
    flag: { kind: 'flag', optional: true, absent: 'narrowest' },
    most: { kind: 'number', narrows: true },
    amount: { kind: 'amount', narrows: true, optional: true },
    some: { kind: 'list', of: { kind: 'text' }, narrows: true, least: 0, choose: true },
    exact: { kind: 'list', of: { kind: 'number' }, least: 0 },
    inside: {
      kind: 'object',
      fields: { parts: { kind: 'list', of: { kind: 'amount', narrows: true }, narrows: true, least: 0 } },
    },
  },
} satisfies { type: string; words: string; fields: DetailFields })
const ofEvery = (name: string) => (name === 'every' ? everyKind : undefined)
const small = fc.constantFrom('a', 'b')
const amount = fc.constantFrom('0', '1', '1.0', '1.5', '2')
const everyDetail: fc.Arbitrary<AuthorizationDetail> = fc.record(
  {
    type: fc.constant('every'),
    most: fc.constantFrom(0, 1, 2),
    some: fc.array(small, { maxLength: 3 }),
    exact: fc.array(fc.constantFrom(1, 2), { maxLength: 1 }),
    inside: fc.record({ parts: fc.array(amount, { maxLength: 2 }) }),
    text: small,
    flag: fc.boolean(),
    amount,
  },
  { requiredKeys: ['type', 'most', 'some', 'exact', 'inside'] },
)
const details = fc.array(everyDetail, { maxLength: 3 })
const isNarrower = (one: readonly AuthorizationDetail[], other: readonly AuthorizationDetail[]) =>
  isWithin(one, other, ofEvery)

/** A little less, or as much. */
const narrowed = (detail: AuthorizationDetail): AuthorizationDetail => ({
  ...detail,
  text: detail['text'] ?? 'a',
  most: Number(detail['most']) - 1,
  some: (detail['some'] as string[]).slice(1),
})

test('narrower or equal is an order: of itself, through a third, both ways only between equals', () => {
  fc.assert(
    fc.property(details, (one) => {
      assert.ok(isNarrower(one, one))
      assert.ok(isNarrower(one.toReversed(), one))
      assert.ok(isNarrower(one.map(narrowed), one) && isNarrower(one.slice(1).map(narrowed), one))
      if (one.length > 0) assert.ok(!isNarrower(one, one.map(narrowed)), 'more is never within less')
      assert.ok(!isNarrower([...one, ...one.slice(0, 1)], one) || one.length === 0)
    }),
  )
  fc.assert(
    fc.property(details, details, details, (one, two, three) => {
      const chain = [
        one,
        two.length === 0 ? one.map(narrowed) : two,
        three.length === 0 ? one : three,
      ] as const
      for (const [a, b, c] of [
        chain,
        chain.toReversed() as unknown as typeof chain,
        [chain[1], chain[0], chain[2]] as const,
      ])
        if (isNarrower(a, b) && isNarrower(b, c)) assert.ok(isNarrower(a, c))
      if (isNarrower(one, two) && isNarrower(two, one)) assert.equal(one.length, two.length)
    }),
  )
})

test('whatever a person picks is within what was asked', () => {
  fc.assert(
    fc.property(everyDetail, fc.func(fc.boolean()), (detail, picks) => {
      const left = chosenOf(detail, everyKind, picks)
      assert.ok(left !== null && isNarrower([left], [detail]))
    }),
  )
  const only = chosenOf(anAccess, accesses, (path, index) => path === 'accounts' && index === 1)
  assert.deepEqual(only, { ...anAccess, accounts: [accounts[1]] })
  assert.equal(
    chosenOf(anAccess, accesses, () => false),
    null,
  )
  assert.deepEqual(choicesOf(anAccess, accesses), [
    { path: 'accounts', label: 'Accounts', elements: accounts },
  ])
})

test('a person reads the sentence of the type and all that it leaves out', () => {
  assert.deepEqual(wordsOf(aPayment, payments), {
    title: 'Pay 123.50 EUR to Merchant A',
    facts: [
      { label: 'Account', text: 'DE02100100109307118603' },
      { label: 'Reference', text: 'Order 7' },
    ],
  })
  assert.deepEqual(wordsOf({ ...anAccess, days: 90 }, accesses), {
    title: 'See the balances, transactions of these accounts',
    facts: [{ label: 'For how many days', text: '90' }],
  })
  const everything = {
    type: 'every',
    most: 1,
    some: ['a'],
    exact: [1, 2],
    flag: true,
    inside: { parts: ['1', '2'] },
  }
  assert.deepEqual(
    wordsOf(everything, everyKind).facts.map(({ label, text }) => `${label}: ${text}`),
    ['Flag: yes', 'Most: 1', 'Exact: 1, 2', 'Parts: 1, 2'],
  )
  assert.equal(
    wordsOf({ ...aPayment, creditor: '{iban} $& {amount.value}' }, payments).title,
    'Pay 123.50 EUR to {iban} $& {amount.value}',
  )
  assert.deepEqual(['creditorName', 'creditor_name', 'iban'].map(nameWords), [
    'Creditor name',
    'Creditor name',
    'Iban',
  ])
})

test('types that could not be checked, compared or read aloud are not taken', () => {
  const codes = (described: unknown, taken: string[] = []) =>
    checkDetailsTypes([described], new Set(taken)).map(({ path, code }) => `${path} ${code}`)
  assert.deepEqual(
    [payment, accountAccess].flatMap((type) => codes(type)),
    [],
  )
  assert.deepEqual(codes(payment, ['payment']), ['details.0.type taken'])
  assert.deepEqual(
    checkDetailsTypes([payment, payment], new Set()).map(({ path, code }) => `${path} ${code}`),
    ['details.1.type repeated'],
  )
  const withField = (field: unknown) => codes({ ...payment, words: 'Pay', fields: { a: field } })
  const wrong: [string[], string][] = [
    [codes('payment'), 'details.0 type'],
    [codes({ ...payment, type: 'two words' }), 'details.0.type character'],
    [codes({ ...payment, schema: {} }), 'details.0 member'],
    [codes({ ...payment, words: '' }), 'details.0.words length'],
    [codes({ ...payment, words: 'Pay {reference}' }), 'details.0.words unknown'],
    [codes({ ...payment, words: 'Pay {toString}' }), 'details.0.words unknown'],
    [codes({ ...accountAccess, words: 'See {accounts}' }), 'details.0.words unknown'],
    [codes({ ...payment, words: 'Pay {amount.value' }), 'details.0.words brace'],
    [codes({ ...payment, remembered: 'yes' }), 'details.0.remembered type'],
    [codes({ ...payment, fields: [] }), 'details.0.fields type'],
    [codes({ ...payment, words: 'Pay', fields: { type: { kind: 'text' } } }), 'details.0.fields character'],
    [codes({ ...payment, words: 'Pay', fields: { 'a.b': { kind: 'text' } } }), 'details.0.fields character'],
    [withField({ kind: 'toString' }), 'details.0.fields.a kind'],
    [withField({ kind: 'text', pattern: '(' }), 'details.0.fields.a pattern'],
    [withField({ kind: 'text', narrows: true }), 'details.0.fields.a member'],
    [withField({ kind: 'text', label: '' }), 'details.0.fields.a label'],
    [withField({ kind: 'text', absent: 'widest' }), 'details.0.fields.a absent'],
    [withField({ kind: 'list', of: { kind: 'text' }, choose: true }), 'details.0.fields.a choose'],
    [withField({ kind: 'list' }), 'details.0.fields.a.of kind'],
    [withField({ kind: 'object', fields: { b: {} } }), 'details.0.fields.a.fields.b kind'],
  ]
  for (const [found, expected] of wrong) assert.deepEqual(found, [expected])
  let deep: unknown = { kind: 'text' }
  for (let level = 0; level < 6; level++) deep = { kind: 'list', of: deep }
  assert.deepEqual(withField(deep), ['details.0.fields.a.of.of.of.of depth'])
})
