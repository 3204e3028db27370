import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Parameters } from '@countersign/protocol'
import { readRequired } from './required.ts'

const read = (query: string) => readRequired(Parameters.parse(query))

test('requirements are read from the address that the operator wrote', () => {
  assert.deepEqual(read(''), {
    ok: true,
    required: { audience: undefined, scope: [], roles: [], acr: [], maxAge: undefined, user: 'id' },
  })
  const query =
    'audience=https://api.example/&scope=a%20b&scope=c&role=teller&role=admin&acr=urn:x&max_age=300&user=username'
  assert.deepEqual(read(query), {
    ok: true,
    required: {
      audience: 'https://api.example/',
      scope: ['a', 'b', 'c'],
      roles: ['teller', 'admin'],
      acr: ['urn:x'],
      maxAge: 300,
      user: 'username',
    },
  })
})

test('what can’t be a requirement closes the place instead of opening it, and is not repeated [C31]', () => {
  const mistakes = [
    ...['rol=teller', 'Role=teller', 'roles=teller', 'x', '__proto__=1', 'constructor=1', 'toString'],
    ...['role', 'role=', 'role=teller&role=', 'role=a,b', 'role=Teller', 'role=a%20b', 'role=%0d%0a'],
    ...[
      'max_age=',
      'max_age=0',
      'max_age=-1',
      'max_age=1e3',
      'max_age=05',
      'max_age=1&max_age=2',
      'max_age=∞',
    ],
    ...['audience=', 'audience=a&audience=b', 'audience=a%20b', 'user=', 'user=email', 'acr=', 'acr=a"b'],
    ...['scope=a', 'scope=&audience=x', 'scope=%20&audience=x', 'scope=a%20%20b&audience=x'],
  ]
  for (const mistake of mistakes) {
    const reading = read(mistake)
    assert.equal(reading.ok, false, mistake)
    assert.doesNotMatch(reading.ok ? '' : reading.because, /Teller|rol\b|__proto__|[\r\n]/, mistake)
  }
})
