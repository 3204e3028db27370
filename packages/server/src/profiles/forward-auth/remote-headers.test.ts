import assert from 'node:assert/strict'
import { validateHeaderValue } from 'node:http'
import { test } from 'node:test'
import fc from 'fast-check'
import { anyText } from '../../../../../tests/harness/texts.ts'
import { lineEnds } from '../../../../../tests/hostile/corpora.ts'
import { remoteHeaders } from './remote-headers.ts'

const somebody = { user: 'usr_ada', groups: ['customer', 'teller'], email: 'ada@example.test' }

/** As the guide says that applications read it. */
function nameIn(value: string): string {
  return value.startsWith("UTF-8''") ? decodeURIComponent(value.slice(7)) : value
}

test('a name in plain letters stands as it is, and any other as an extended value', () => {
  const named = (name: string) => remoteHeaders({ ...somebody, name })['remote-name']
  assert.deepEqual(remoteHeaders({ ...somebody, name: 'Ada Lovelace' }), {
    'remote-user': 'usr_ada',
    'remote-groups': 'customer,teller',
    'remote-email': 'ada@example.test',
    'remote-name': 'Ada Lovelace',
  })
  assert.equal(named('Zoë (née O’Hara)*'), "UTF-8''Zo%C3%AB%20%28n%C3%A9e%20O%E2%80%99Hara%29%2A")
  assert.equal(named("UTF-8''Ada"), "UTF-8''UTF-8%27%27Ada")
  assert.equal(named('100% Ada, "x"'), '100% Ada, "x"')
})

test('what is not told is empty and there all the same, so that a proxy overwrites what the client sent', () => {
  assert.deepEqual(remoteHeaders({ user: 'machine', groups: [], email: null, name: null }), {
    'remote-user': 'machine',
    'remote-groups': '',
    'remote-email': '',
    'remote-name': '',
  })
})

test('HT-18: whatever is stored, a header is one line, a name is itself, and no group becomes two', () => {
  const text = fc.oneof(anyText(), fc.constantFrom(...lineEnds, ' a', 'a ', "utf-8''x", 'admin,root'))
  fc.assert(
    fc.property(text, text, fc.array(text, { maxLength: 4 }), (name, other, groups) => {
      const headers = remoteHeaders({ user: other, groups, email: other, name })
      for (const [header, value] of Object.entries(headers)) {
        assert.match(value, /^(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?$/)
        validateHeaderValue(header, value)
      }
      assert.equal(nameIn(headers['remote-name'] ?? ''), name.toWellFormed())
      for (const group of (headers['remote-groups'] ?? '').split(',').filter((each) => each !== '')) {
        assert.ok(groups.includes(group))
      }
    }),
  )
})
