import assert from 'node:assert/strict'
import { test } from 'node:test'
import { localPath } from '../platform/http/exchange.ts'
import { openHall, signIn, whoIs } from './signin.fixture.ts'

test('SE-04: signing out ends the session here and on the server, and says so', async (t) => {
  const hall = await openHall()
  const { house } = hall
  t.after(() => house.close())
  await hall.add()
  const visitor = hall.visitor()
  await signIn(visitor)
  const secret = visitor.cookies.get('sid') ?? ''
  const page = await visitor.visit('/sign-out')
  assert.match(page.body, /Sign out\?/)
  assert.match(page.body, /ada@example\.test/)
  const answer = await visitor.submit('/sign-out', {})
  assert.deepEqual([answer.status, answer.location], [303, '/sign-out'])
  assert.equal(visitor.cookies.has('sid'), false)
  assert.match((await visitor.visit('/sign-out')).body, /You are signed out/)
  const thief = hall.visitor()
  thief.cookies.set('sid', secret)
  assert.equal(await whoIs(thief), undefined)
  const events = await house.database.read("select type from events where type = 'user.signed_out'", [])
  assert.equal(events.length, 1)
})

test('SE-10: a GET, wherever it comes from, signs nobody out', async (t) => {
  const hall = await openHall()
  t.after(() => hall.house.close())
  await hall.add()
  const visitor = hall.visitor()
  await signIn(visitor)
  const headers = { 'sec-fetch-site': 'cross-site', referer: 'https://evil.test/' }
  assert.equal((await visitor.visit('/sign-out', { headers })).status, 200)
  assert.equal(await whoIs(visitor), 'ada@example.test')
})

test('HT-07: nobody is signed out from elsewhere', async (t) => {
  const hall = await openHall()
  t.after(() => hall.house.close())
  await hall.add()
  const visitor = hall.visitor()
  await signIn(visitor)
  assert.equal((await visitor.visit('/sign-out', { form: {} })).status, 403)
  assert.equal((await visitor.submit('/sign-out', { form_token: 'x' })).status, 403)
  const headers = { origin: 'https://evil.test' }
  assert.equal((await visitor.submit('/sign-out', {}, { headers })).status, 403)
  assert.equal(await whoIs(visitor), 'ada@example.test')
})

test('signing out where nobody is signed in does no harm', async (t) => {
  const hall = await openHall()
  t.after(() => hall.house.close())
  const visitor = hall.visitor()
  assert.match((await visitor.visit('/sign-out')).body, /You are signed out/)
  await visitor.visit('/sign-in')
  assert.equal((await visitor.submit('/sign-out', {})).location, '/sign-out')
})

test('signing out goes on to the sealed place, and to no other', async (t) => {
  const hall = await openHall()
  t.after(() => hall.house.close())
  await hall.add()
  const visitor = hall.visitor()
  await signIn(visitor)
  const sealed = (await visitor.visit('/seal')).body
  const page = await visitor.visit(`/sign-out?continue=${encodeURIComponent(sealed)}`)
  assert.equal(page.field('continue'), sealed)
  assert.equal((await visitor.submit('/sign-out', { continue: sealed })).location, '/who?back=1')
  for (const foreign of ['https://evil.test', '//evil.test', localPath('/who')]) {
    assert.equal((await visitor.submit('/sign-out', { continue: foreign })).location, '/sign-out')
  }
})
