import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readForm } from './fields.ts'

test('a field is read and refused by the name that the settings give it', () => {
  const rules = { name: { named: 'email', email: true }, password: {} }
  const read = readForm({ email: ' ada@example.test ', password: ' x ' }, rules)
  assert.ok(read.ok)
  assert.equal(read.values.name.trimmed, 'ada@example.test')
  assert.deepEqual(read.values.password, { sent: ' x ', trimmed: 'x' })
  assert.deepEqual(readForm({ email: 'ada', name: 'ada@example.test' }, rules), {
    ok: false,
    body: { email: ['Enter a valid email address.'], password: ['This field is required.'] },
  })
})

test('a field without a rule is not read, whatever was sent', () => {
  for (const again of [null, 7, '', 'x']) {
    assert.deepEqual(readForm({ again }, { again: undefined }), { ok: true, values: {} })
  }
})

test('a field that may be left out is refused when it is sent and wrong', () => {
  const rules = { email: { optional: true, longest: 3 } }
  assert.deepEqual(readForm({}, rules), { ok: true, values: {} })
  for (const [email, words] of [
    [null, 'This field may not be null.'],
    [' ', 'This field may not be blank.'],
    ['a\0', 'Null characters are not allowed.'],
    ['abcd', 'Ensure this field has no more than 3 characters.'],
    [['a'], 'Not a valid string.'],
  ] as const) {
    assert.deepEqual(readForm({ email }, rules), { ok: false, body: { email: [words] } })
  }
})
