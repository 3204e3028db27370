// The same requests, right and wrong, to this server and to npm's oidc-provider: the same class of answer, or a clause that
// explains the difference.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { classOf } from './differential/answers.ts'
import type { Asked } from './differential/asked.ts'
import { compare } from './differential/compare.ts'
import { differences, explanation } from './differential/differences.ts'

const count = 2500

test('two thousand five hundred requests are answered as another certified server does, or by a clause', async (t) => {
  // The peer tells of its defaults, and of what it fell over.
  for (const level of ['info', 'warn', 'error'] as const) t.mock.method(console, level, () => {})
  const { alike, explained, unexplained } = await compare(1, count)
  deepEqual(unexplained, [])
  const times = [...explained.values()].reduce((sum, one) => sum + one, 0)
  equal(alike + times, count)
  ok(alike > 0.8 * count, `only ${alike} alike`)
  const idle = differences.filter((row) => !explained.has(row))
  deepEqual(
    idle.map(({ at, change, why }) => `${at.join(' ')} ${change}: ${why}`),
    [],
  )
})

test('what no row is about stays unexplained, in whichever way it differs', () => {
  const asked: Asked = {
    endpoint: 'token',
    method: 'POST',
    fields: [],
    headers: {},
    base: 'code of web',
    changes: ['wrong secret'],
  }
  equal(explanation(asked, 'ok', '4xx invalid_client'), undefined)
  equal(explanation({ ...asked, changes: [] }, '4xx invalid_grant', 'ok'), undefined)
  const twice = { ...asked, changes: ['code twice'] }
  ok(explanation(twice, '4xx invalid_request', 'ok'))
  equal(explanation(twice, 'ok', '4xx invalid_request'), undefined, 'a row is for one direction')
  equal(explanation({ ...twice, endpoint: 'logout' }, '4xx invalid_request', 'ok'), undefined)
})

test('an answer is of the class that whoever asked would see', () => {
  const given = (status: number, headers: Record<string, string>, body = '') => ({
    status,
    body,
    header: (name: string) => headers[name] ?? null,
  })
  const at = (endpoint: Asked['endpoint']): Asked => ({
    endpoint,
    method: 'GET',
    fields: [],
    headers: {},
    base: '',
    changes: [],
  })
  const json = { 'content-type': 'application/json' }
  const form = '<form><input type="hidden" name="error" value="access_denied"></form>'
  for (const [endpoint, answer, expected] of [
    ['authorize', given(303, { location: 'https://a.example/?error=x' }), 'redirect x'],
    ['authorize', given(303, { location: 'https://a.example/#error=x' }), 'redirect x'],
    ['authorize', given(200, {}, form), 'redirect access_denied'],
    ['authorize', given(303, { location: 'https://a.example/?code=c' }), 'goes on'],
    ['authorize', given(400, {}, 'No'), 'page'],
    ['token', given(400, json, '{"error":"x"}'), '4xx x'],
    ['userinfo', given(401, { 'www-authenticate': 'Bearer error="x"' }), '4xx x'],
    ['introspection', given(200, json, '{"active":false}'), 'inactive'],
    ['revocation', given(200, {}), 'ok'],
    ['token', given(405, {}), 'not that way'],
    ['token', given(503, {}), '503'],
  ] as const)
    equal(classOf(at(endpoint), answer), expected)
})
