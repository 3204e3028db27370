import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readMoving } from './moving.ts'
import type { Finding } from './settings.ts'

const url = 'https://old.example.com/api/token/'

test('systems that are asked get the usual names of their wire, and wait for two and a half seconds', () => {
  const findings: Finding[] = []
  const read = (written: unknown) => readMoving(written, 'production', findings)
  assert.deepEqual(read(undefined).systems, [])
  const { systems, patienceMs } = read({
    lazy: {
      django: { kind: 'simplejwt', url },
      rails: { kind: 'knock', url, nameField: 'login' },
      'django:shop': { kind: 'simplejwt', url },
    },
  })
  assert.equal(patienceMs, 2500)
  assert.deepEqual(
    systems.map(({ source, nameField, idClaim, numbers }) => [source, nameField, idClaim, ...numbers]),
    [
      ['django', 'username', 'user_id', 'simplejwt'],
      ['rails', 'login', 'sub', 'knock user'],
      // Two systems count from one: the numbers of this one are not the first one's.
      ['django:shop', 'username', 'user_id', 'simplejwt shop'],
    ],
  )
  assert.deepEqual(findings, [])
})

test('C25: passwords are sent nowhere by plain http, and whoever can’t be asked is told of', () => {
  const wrong = {
    'plain http': { lazy: { django: { kind: 'simplejwt', url: 'http://old.example.com/api/token/' } } },
    'keys that say nothing': { lazy: { django: { kind: 'drf-token', url } } },
    'an unknown kind': { lazy: { django: { kind: 'ldap', url } } },
    'an unknown system': { lazy: { elsewhere: { kind: 'simplejwt', url } } },
    'what is no name of a system': { lazy: { 'django:Shop!': { kind: 'simplejwt', url } } },
    'two names of a system': { lazy: { 'django:shop:old': { kind: 'simplejwt', url } } },
    'what every object has': { lazy: { toString: { kind: 'simplejwt', url } } },
    'too much patience': { patience: 60 },
    'another name': { eager: true },
  }
  for (const [what, written] of Object.entries(wrong)) {
    const findings: Finding[] = []
    assert.deepEqual(readMoving(written, 'production', findings).systems, [], what)
    assert.equal(findings.length, 1, what)
    assert.match(findings[0]?.path ?? '', /^countersign\.config: moving/)
  }
  const findings: Finding[] = []
  readMoving(wrong['plain http'], 'production', findings)
  assert.equal(findings.pop()?.message, '“moving.lazy.django.url” must be an https address.')
  const local = { lazy: { django: { kind: 'simplejwt', url: 'http://localhost:8000/api/token/' } } }
  assert.equal(readMoving(local, 'development', findings).systems.length, 1)
})
