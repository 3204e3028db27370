import assert from 'node:assert/strict'
import { test } from 'node:test'
import { revocation } from './revocation.fixture.ts'
import { createRevocationList, marksOf } from './revocation-list.ts'

const at = 1_800_000_000
const token = (claims: object) =>
  marksOf({
    subject: 'usr_ada',
    clientId: 'web',
    scope: [],
    roles: [],
    claims: { sid: 'ses_1', fam: 'fam_1', jti: 'token-1', iat: at, ...claims },
  })

test('a client that died takes along what went through it before, whoever has it now', () => {
  const list = createRevocationList()
  list.add([revocation('client', 'desk', at)], 400)
  assert.equal(list.refuses(token({ via: ['bank-api'] })), false)
  assert.equal(list.refuses(token({ via: ['desk', 'bank-api'] })), true)
  assert.equal(list.refuses(token({ via: ['desk'], iat: at + 1 })), false, 'it may be back')
  for (const via of ['desk', null, [['desk']], [7], { 0: 'desk' }])
    assert.equal(list.refuses(token({ via })), false)
})

test('a session, a family or a token that died takes every token that names it along, whenever issued', () => {
  for (const [kind, id] of [
    ['session', 'ses_1'],
    ['family', 'fam_1'],
    ['token', 'token-1'],
  ] as const) {
    const list = createRevocationList()
    assert.equal(list.refuses(token({})), false)
    list.add([revocation(kind, `other ${id}`, at), revocation('key', id, at)], 400)
    assert.equal(list.refuses(token({})), false, 'only what is named')
    list.add([revocation(kind, id, at)], 400)
    assert.equal(list.refuses(token({})), true)
    assert.equal(list.refuses(token({ iat: at + 60 })), true)
  }
})

test('of a user or a client, what was issued by then counts no more, and what is issued later counts', () => {
  for (const [kind, id] of [
    ['user', 'usr_ada'],
    ['client', 'web'],
  ] as const) {
    const list = createRevocationList()
    list.add([revocation(kind, id, at)], 400)
    assert.equal(list.refuses(token({ iat: at - 1 })), true)
    assert.equal(list.refuses(token({ iat: at })), true)
    assert.equal(list.refuses(token({ iat: at + 1 })), false)
    list.add([revocation(kind, id, at - 10)], 400)
    assert.equal(list.refuses(token({ iat: at })), true, 'an older word takes nothing back')
    assert.equal(list.refuses(token({ iat: undefined })), true, 'a token of unknown age is old')
  }
})

test('an identifier of one kind is none of another', () => {
  const list = createRevocationList()
  list.add([revocation('session', 'fam_1', at), revocation('user', 'web', at)], 400)
  assert.equal(list.refuses(token({})), false)
})

test('what no living token can depend on is forgotten; a withdrawn key is remembered for days', () => {
  const list = createRevocationList()
  list.add([revocation('session', 'ses_1', at), revocation('key', 'k', at)], 400)
  list.forget(at + 400)
  assert.equal(list.refuses(token({})), true)
  list.forget(at + 401)
  assert.equal(list.refuses(token({})), false)
  assert.equal(list.isDeadKey('k'), true)
  assert.equal(list.size, 1)
  list.forget(at + 3 * 86_400)
  assert.equal(list.isDeadKey('k'), false)
  assert.equal(list.deadKeys(), 0)
})

test('a shorter time to remember shortens nothing that was told before', () => {
  const list = createRevocationList()
  list.add([revocation('session', 'ses_1', at)], 3600)
  list.add([revocation('session', 'ses_2', at)], 400)
  list.forget(at + 3600)
  assert.equal(list.refuses(token({})), true)
})
