// The address of an account: proven by who has both the account and the mailbox, and changed only then (PW-28, SE-09).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  lettersTo,
  mailedLink,
  mailedSecret,
  noLimits,
  password,
} from '../../packages/server/src/accounts/people.fixture.ts'
import { disableUser, userById } from '../../packages/server/src/accounts/users/users.store.ts'
import { type Answer, openHouse, type Visitor } from '../../packages/server/src/platform/house.ts'
import { type Hall, openHall, problemsOn, signIn } from '../../packages/server/src/signin/signin.fixture.ts'

const ada = 'ada@example.test'
const next = 'ada.lovelace@example.test'

async function scene(verified = true): Promise<{ hall: Hall; visitor: Visitor; id: string }> {
  const hall = await openHall({ limits: noLimits })
  const { id } = await hall.add({ emailVerified: verified })
  const visitor = hall.visitor()
  await signIn(visitor)
  await visitor.visit('/account')
  return { hall, visitor, id }
}

async function askFor(hall: Hall, visitor: Visitor, email: string): Promise<Answer> {
  // Each letter in a second of its own, so that the newest is known.
  hall.house.runtime.advance(1)
  await visitor.visit('/account/email')
  return visitor.submit('/account/email', { email })
}

async function emailOf(hall: Hall, id: string): Promise<unknown[]> {
  const user = await userById(hall.house.database, id)
  return [user?.email, user?.emailVerified]
}

test('an address that nobody has proven is confirmed by the letter that the account page sends', async (t) => {
  const { hall, visitor, id } = await scene(false)
  t.after(() => hall.house.close())
  assert.match((await visitor.visit('/account')).body, /Send the link again/)
  const sent = await visitor.submit('/account/email/verify', {})
  assert.equal(sent.location, '/account?done=letter-sent')
  const link = await mailedLink(hall.house, ada)
  const page = await visitor.visit(link)
  assert.match(page.body, /Confirm your address/)
  assert.deepEqual(await emailOf(hall, id), [ada, false])
  const secret = page.field('secret') ?? ''
  assert.equal(
    (await visitor.submit('/account/email/confirm', { secret })).location,
    '/account?done=address-confirmed',
  )
  assert.deepEqual(await emailOf(hall, id), [ada, true])
  assert.doesNotMatch((await visitor.visit('/account')).body, /Send the link again/)
  assert.equal((await visitor.submit('/account/email/confirm', { secret })).status, 410)
  await visitor.visit('/account')
  await visitor.submit('/account/email/verify', {})
  assert.equal((await lettersTo(hall.house, ada)).length, 1)
})

test('C16: who has the mailbox alone confirms nothing: the link asks for the account too', async (t) => {
  const { hall, visitor, id } = await scene(false)
  t.after(() => hall.house.close())
  await hall.add({ email: 'eve@example.test', name: 'Eve' })
  await visitor.submit('/account/email/verify', {})
  const link = await mailedLink(hall.house, ada)
  const secret = await mailedSecret(hall.house, ada)
  const stranger = hall.visitor()
  const sent = await stranger.visit(link)
  assert.match(sent.location ?? '', /^\/sign-in\?continue=/)
  assert.ok(!sent.location?.includes(secret))
  await stranger.visit(sent.location ?? '')
  assert.match(
    (await stranger.submit('/account/email/confirm', { secret })).location ?? '',
    /^\/sign-in\?continue=/,
  )
  const eve = hall.visitor()
  await signIn(eve, { username: 'eve@example.test' })
  assert.equal((await eve.visit(link)).status, 409)
  await eve.visit('/account')
  assert.equal((await eve.submit('/account/email/confirm', { secret })).status, 409)
  assert.deepEqual(await emailOf(hall, id), [ada, false])
  // Who signs in on the way comes back to the link.
  const form = { continue: new URL(`http://x${sent.location}`).searchParams.get('continue') ?? '' }
  const back = await signIn(stranger, { form })
  assert.equal(back.location, new URL(link, 'http://x').pathname + new URL(link, 'http://x').search)
  await stranger.visit(back.location ?? '')
  assert.equal((await stranger.submit('/account/email/confirm', { secret })).status, 303)
  assert.deepEqual(await emailOf(hall, id), [ada, true])
})

test('PW-28: an address changes once the new mailbox is proven; the old one is told before and after (PW-27)', async (t) => {
  const { hall, visitor, id } = await scene()
  t.after(() => hall.house.close())
  assert.match((await visitor.visit('/account')).body, /href="\/account\/email"/)
  assert.equal(
    (await askFor(hall, visitor, ` ${next.toUpperCase()} `)).location,
    '/account?done=address-asked',
  )
  assert.deepEqual(await emailOf(hall, id), [ada, true])
  assert.match((await visitor.visit('/account')).body, /ada\.lovelace@example\.test[\s\S]*Withdraw/)
  const [note] = await lettersTo(hall.house, ada)
  assert.match(note?.subject ?? '', /asked for/)
  assert.ok(!note?.text.includes('secret='))
  const secret = await mailedSecret(hall.house, next)
  await visitor.visit(`/account/email/confirm?secret=${secret}`)
  const done = await visitor.submit('/account/email/confirm', { secret })
  assert.equal(done.location, '/account?done=address-changed')
  assert.deepEqual(await emailOf(hall, id), [next, true])
  hall.house.runtime.advance(1)
  assert.ok((await lettersTo(hall.house, ada)).some(({ subject }) => /was changed/.test(subject)))
  assert.equal((await signIn(hall.visitor())).status, 403)
  assert.equal((await signIn(hall.visitor(), { username: next })).status, 303)
})

test('SE-09: asking for another address takes a fresh proof, and so does nothing else on the way', async (t) => {
  const { hall, visitor } = await scene()
  t.after(() => hall.house.close())
  hall.house.runtime.advance(601)
  const asked = await askFor(hall, visitor, next)
  assert.equal(asked.status, 403)
  assert.equal(asked.field('email'), next)
  assert.deepEqual(await lettersTo(hall.house, next), [])
  const wrong = { email: next, username: ada, password: 'wrong-analytical-engine' }
  assert.equal((await visitor.submit('/account/email', wrong)).status, 403)
  assert.deepEqual(await lettersTo(hall.house, next), [])
  const form = { email: next, username: ada, password }
  assert.equal((await visitor.submit('/account/email', form)).location, '/account?done=address-asked')
  assert.equal((await lettersTo(hall.house, next)).length, 1)
})

test('PW-28, C15 (CVE-2026-32700): of two changes that were begun, the newest alone comes true, for its own address', async (t) => {
  const { hall, visitor, id } = await scene()
  t.after(() => hall.house.close())
  const other = hall.visitor()
  await signIn(other)
  await askFor(hall, visitor, next)
  await askFor(hall, other, 'other@example.test')
  const [older, newest] = [
    await mailedSecret(hall.house, next),
    await mailedSecret(hall.house, 'other@example.test'),
  ]
  assert.equal((await visitor.visit(`/account/email/confirm?secret=${older}`)).status, 410)
  await visitor.visit('/account')
  assert.equal(
    (await visitor.submit('/account/email/confirm', { secret: older, email: next, address: next })).status,
    410,
  )
  await visitor.visit('/account')
  assert.equal((await visitor.submit('/account/email/confirm', { secret: newest, email: next })).status, 303)
  assert.deepEqual(await emailOf(hall, id), ['other@example.test', true])
})

test('a change is void once it is withdrawn, the password changes, it is a day old, or the account is disabled', async (t) => {
  const { hall, visitor, id } = await scene()
  t.after(() => hall.house.close())
  const voided = async (by: () => Promise<unknown>): Promise<void> => {
    await askFor(hall, visitor, next)
    const secret = await mailedSecret(hall.house, next)
    await by()
    const reader = hall.visitor()
    await reader.visit('/sign-in')
    for (const person of [visitor, reader]) {
      await person.visit(`/account/email/confirm?secret=${secret}`)
      const answer = await person.submit('/account/email/confirm', { secret })
      assert.ok(answer.status === 410 || answer.location?.startsWith('/sign-in'), String(answer.status))
    }
    assert.deepEqual(await emailOf(hall, id), [ada, true])
  }
  await voided(async () => {
    await visitor.visit('/account')
    assert.equal((await visitor.submit('/account/email/withdraw', {})).location, '/account?done=address-kept')
  })
  await voided(async () => {
    await visitor.visit('/account')
    const form = { current_password: password, new_password: 'another-difference-engine' }
    assert.equal((await visitor.submit('/account/password', form)).status, 303)
  })
  await voided(async () => {
    hall.house.runtime.advance(86_400)
    assert.equal((await signIn(visitor, { password: 'another-difference-engine' })).status, 303)
  })
  const { database, runtime } = hall.house
  hall.house.runtime.advance(1000)
  await voided(() => database.commit([disableUser(database, runtime.now(), id)]))
})

test('C26: whether an address is somebody’s is told to its owner by letter, and to nobody else', async (t) => {
  const { hall, visitor, id } = await scene()
  t.after(() => hall.house.close())
  await hall.add({ email: 'grace@example.test', name: 'Grace' })
  const free = await askFor(hall, visitor, 'free@example.test')
  const freePage = await visitor.visit('/account')
  const taken = await askFor(hall, visitor, 'grace@example.test')
  const takenPage = await visitor.visit('/account')
  assert.deepEqual([taken.status, taken.location], [free.status, free.location])
  const shown = (page: Answer, address: string): string | undefined =>
    /<section[^>]*aria-labelledby="email"[\s\S]*?<\/section>/
      .exec(page.body)?.[0]
      .replaceAll(address, 'ADDRESS')
      .replaceAll(/value="[^"]*"/g, '')
      .replaceAll(/for [^<]* more/g, '')
  assert.equal(shown(takenPage, 'grace@example.test'), shown(freePage, 'free@example.test'))
  const [letter] = await lettersTo(hall.house, 'grace@example.test')
  assert.equal(letter?.kind, 'account.exists')
  assert.ok(!letter?.text.includes('secret='))
  assert.deepEqual(await emailOf(hall, id), [ada, true])
})

test('who gets an address that somebody else got meanwhile is told so, and keeps their own', async (t) => {
  const { hall, visitor, id } = await scene()
  t.after(() => hall.house.close())
  await askFor(hall, visitor, next)
  const secret = await mailedSecret(hall.house, next)
  await hall.add({ email: next, name: 'Another Ada' })
  await visitor.visit(`/account/email/confirm?secret=${secret}`)
  const answer = await visitor.submit('/account/email/confirm', { secret })
  assert.equal(answer.status, 409)
  assert.match(answer.body, /This address has another account/)
  assert.deepEqual(await emailOf(hall, id), [ada, true])
})

test('C16: an address that another account names and never proved goes to who proves it', async (t) => {
  const { hall, visitor, id } = await scene()
  t.after(() => hall.house.close())
  const squatter = await hall.add({ email: next, emailVerified: false, username: 'squatter' })
  await askFor(hall, visitor, next)
  const secret = await mailedSecret(hall.house, next)
  assert.deepEqual(await emailOf(hall, squatter.id), [next, false])
  await visitor.visit(`/account/email/confirm?secret=${secret}`)
  const done = await visitor.submit('/account/email/confirm', { secret })
  assert.equal(done.location, '/account?done=address-changed')
  assert.deepEqual(await emailOf(hall, id), [next, true])
  assert.deepEqual(await emailOf(hall, squatter.id), [null, false])
})

test('PW-25, C17 (CVE-2026-73420): a letter goes to one mailbox or to none', async (t) => {
  const { hall, visitor } = await scene()
  t.after(() => hall.house.close())
  const corpus = [
    'a@example.test,b@example.test',
    'a@example.test;b@example.test',
    'a@example.test b@example.test',
    'a@example.test\r\nBcc: b@example.test',
    'a@example.test\nb@example.test',
    '"a@evil.test"@example.test',
    '<a@example.test>',
    'Ada <a@example.test>',
    'a＠example.test@evil.test',
    'a@[127.0.0.1]',
    'a@localhost',
    'a(comment)@example.test',
    'a@example.test%0ab@example.test',
    '',
    '@',
  ]
  for (const address of corpus) {
    const answer = await askFor(hall, visitor, address)
    assert.ok([400, 422].includes(answer.status), JSON.stringify(address))
  }
  assert.deepEqual(await hall.house.letters(), [])
  // NFKC makes a plain @ of a full-width one, before anything else looks at it.
  await askFor(hall, visitor, 'b＠example.test')
  const recipients = (await hall.house.letters()).map(({ to }) => to).sort()
  assert.deepEqual(recipients, [ada, 'b@example.test'])
})

test('PW-24: the fourth letter to one address is not sent, and the answer is the same', async (t) => {
  const { hall, visitor } = await scene()
  t.after(() => hall.house.close())
  for (let i = 0; i < 5; i++) {
    assert.equal((await askFor(hall, visitor, next)).location, '/account?done=address-asked')
  }
  assert.equal((await lettersTo(hall.house, next)).length, 3)
})

test('the same address is no change, and without mail there is nothing to ask for', async (t) => {
  const { hall, visitor } = await scene()
  t.after(() => hall.house.close())
  assert.deepEqual(problemsOn(await askFor(hall, visitor, ada)), ['Your account has this address already'])
  const deaf = await openHall({ house: await openHouse({ mail: 'closed' }) })
  t.after(() => deaf.house.close())
  await deaf.add({ emailVerified: false })
  const person = deaf.visitor()
  await signIn(person)
  const page = await person.visit('/account')
  assert.doesNotMatch(page.body, /Send the link again|href="\/account\/email"/)
  assert.equal((await person.visit('/account/email')).status, 404)
  assert.equal((await person.submit('/account/email/verify', {})).status, 303)
  assert.deepEqual(await deaf.house.letters(), [])
})

test('HT-07, HT-08: nobody’s address is changed from elsewhere, nor without being signed in', async (t) => {
  const { hall, visitor, id } = await scene()
  t.after(() => hall.house.close())
  for (const path of ['', '/verify', '/withdraw', '/confirm']) {
    const form = { email: next, secret: 'x' }
    assert.equal((await visitor.visit(`/account/email${path}`, { form })).status, 403)
    const stranger = hall.visitor()
    await stranger.visit('/sign-in')
    assert.match((await stranger.submit(`/account/email${path}`, form)).location ?? '', /^\/sign-in/)
  }
  assert.deepEqual(await emailOf(hall, id), [ada, true])
})
