import assert from 'node:assert/strict'
import { test } from 'node:test'
import { confirmAddressChange, waitingAddress } from '../../accounts/addresses/addresses.ts'
import { identitiesOf, identityBySubject } from '../../accounts/identities/identities.store.ts'
import { lettersTo, mailedSecret } from '../../accounts/people.fixture.ts'
import { userById } from '../../accounts/users/users.store.ts'
import type { Answer, Visitor } from '../../platform/house.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import { conclude } from './conclude.ts'
import { people } from './simulators/people.ts'
import {
  answerThere,
  goTo,
  isAccountAddress,
  openWalk,
  password,
  rowsOf,
  sessionIn,
  signInWith,
  userOf,
} from './walk.fixture.ts'

const [ada, katherine, charles] = people.google
const [adaElsewhere, dorothy] = people.oidc

test('FD-04, FD-05, C16: an account with the same e-mail address is linked only by its password', async () => {
  const here = await openWalk()
  const owner = await here.add({ email: 'ada@example.test', emailVerified: true })
  const visitor = here.visitor()
  const offered = await signInWith(visitor, 'google', ada.id)
  assert.equal(offered.status, 303)
  assert.match(offered.location ?? '', /^\/sign-in\/with\/google\/link\?ticket=/)
  assert.equal(await sessionIn(here, visitor), null)
  assert.deepEqual(await identitiesOf(here.house.database, owner.id), [])

  const page = await visitor.visit(offered.location ?? '')
  assert.equal(page.field('username'), 'ada@example.test')
  const ticket = page.field('ticket') ?? ''
  const link = '/sign-in/with/google/link'
  const wrong = await visitor.submit(link, { ticket, password: 'not her password at all' })
  assert.equal(wrong.status, 403)
  assert.match(wrong.body, /not the password of that account/)
  assert.equal((await visitor.submit(link, { ticket })).status, 422)
  assert.deepEqual(await identitiesOf(here.house.database, owner.id), [])
  assert.equal(await sessionIn(here, visitor), null)

  isAccountAddress(await visitor.submit(link, { ticket, password }))
  const [letter] = await lettersTo(here.house, 'ada@example.test')
  assert.equal(letter?.subject, 'Signing in with Google was added')
  const signedIn = await sessionIn(here, visitor)
  assert.deepEqual([signedIn?.user.id, signedIn?.session.acr], [owner.id, 'urn:countersign:acr:password'])
  const again = here.visitor()
  isAccountAddress(await signInWith(again, 'google', ada.id))
  assert.equal((await sessionIn(here, again))?.user.id, owner.id)

  // The same address at another provider opens nothing.
  const elsewhere = here.visitor()
  assert.match((await signInWith(elsewhere, 'oidc', adaElsewhere.id)).location ?? '', /\/link\?ticket=/)
  assert.equal(await sessionIn(here, elsewhere), null)
  assert.equal((await identitiesOf(here.house.database, owner.id)).length, 1)
})

test('C16: who takes a stranger’s address first gains nothing when the stranger comes', async () => {
  const here = await openWalk()
  const squatter = await here.add({
    email: 'katherine@orbit.example',
    name: 'Mallory',
    emailVerified: false,
    password: 'the squatters own password',
  })
  const visitor = here.visitor()
  const offered = await signInWith(visitor, 'google', katherine.id)
  const page = await visitor.visit(offered.location ?? '')
  assert.match(page.body, /Create a separate account/)
  const link = '/sign-in/with/google/link'
  const ticket = page.field('ticket') ?? ''
  isAccountAddress(await visitor.submit(link, { ticket, decision: 'separate' }))
  const signedIn = await sessionIn(here, visitor)
  assert.ok(signedIn)
  assert.notEqual(signedIn.user.id, squatter.id)
  assert.deepEqual([signedIn.user.email, signedIn.user.name], [null, 'Katherine Johnson'])
  assert.deepEqual(await userOf(here, 'katherine@orbit.example'), squatter)
  assert.deepEqual(await identitiesOf(here.house.database, squatter.id), [])
  const again = here.visitor()
  isAccountAddress(await signInWith(again, 'google', katherine.id))
  assert.equal((await sessionIn(here, again))?.user.id, signedIn.user.id)
  assert.equal((await visitor.submit(link, { ticket, decision: 'separate' })).status, 400)
  assert.equal((await visitor.visit(`${link}?ticket=${ticket}`)).status, 400)
})

test('FD-05: an e-mail address that the provider has not verified is nobody’s before a letter proves it', async () => {
  const here = await openWalk()
  const visitor = here.visitor()
  isAccountAddress(await signInWith(visitor, 'google', charles.id))
  const { user } = (await sessionIn(here, visitor)) ?? assert.fail()
  assert.deepEqual([user.email, user.emailVerified], [null, false])
  const [letter] = await lettersTo(here.house, 'charles@engines.example')
  assert.equal(letter?.kind, 'address.change')
  await signInWith(here.visitor(), 'google', katherine.id)
  assert.deepEqual(await lettersTo(here.house, 'katherine@orbit.example'), [])
  const secret = await mailedSecret(here.house, 'charles@engines.example')
  const request = { peer: '203.0.113.7', headers: { get: () => undefined } }
  assert.equal((await confirmAddressChange(here.house, request, secret)).kind, 'done')
  const owner = await userOf(here, 'charles@engines.example')
  assert.deepEqual([owner?.id, owner?.emailVerified], [user.id, true])
})

test('C17, C16: a provider that vouches for another spelling of somebody’s address vouches for another mailbox', async () => {
  const here = await openWalk()
  const { house } = here
  const owner = await here.add({ email: 'ada@example.test', emailVerified: true })
  const browser = { digest: 'browser', formToken: '', nonce: '' }
  const request = { cookies: new Map(), headers: { get: () => undefined }, peer: '192.0.2.1', browser }
  const comes = async (email: string, subject: string) => {
    const profile = { email, emailVerified: true, name: 'Eve', claims: {} }
    const identity = { upstream: 'google', issuer: 'https://accounts.example', subject, profile }
    const sought = { purpose: { kind: 'sign-in' }, continueTo: null, stepUp: false } as const
    const { kind } = await conclude(house, request as unknown as Incoming, {
      identity,
      ...sought,
      provider: 'Google',
      signUpOpen: true,
    })
    const known = await identityBySubject(house.database, identity)
    return { kind, user: known && (await userById(house.database, known.userId)) }
  }
  assert.equal((await comes('ADA@ｅxample.test', 'ada')).kind, 'offered')
  for (const [at, spelling] of ['ａda@example.test', 'ᴬda@example.test', 'eve＠x@example.test'].entries()) {
    const { kind, user } = await comes(spelling, `eve${at}`)
    assert.equal(kind, 'signed-in', spelling)
    assert.notEqual(user?.id, owner.id)
    assert.deepEqual([user?.email, user?.emailVerified], [null, false], spelling)
  }
  const { user } = await comes('ｇrace@example.test', 'grace')
  assert.equal(user?.email, null, 'nor does anybody get the address of who isn’t here yet')
})

test('a stranger who comes in two browsers at once is no stranger to themself', async () => {
  const here = await openWalk()
  const { database } = here.house
  const [one, other] = [here.visitor(), here.visitor()]
  const [back, late] = [
    await answerThere(one, await goTo(one, 'google', {}), { person: katherine.id }),
    await answerThere(other, await goTo(other, 'google', {}), { person: katherine.id }),
  ]
  // The first is done while the second is looked for.
  const { read } = database
  let isFirst = true
  Object.assign(database, {
    read: async (sql: string, parameters: never[]) => {
      if (isFirst && / from "users" where "email" = /.test(sql)) {
        isFirst = false
        isAccountAddress(await one.visit(back))
      }
      return read(sql, parameters)
    },
  })
  isAccountAddress(await other.visit(late))
  Object.assign(database, { read })
  assert.equal(isFirst, false)
  assert.equal((await sessionIn(here, other))?.user.id, (await sessionIn(here, one))?.user.id)
})

test('C26 (CVE-2026-23511): an address that a provider doesn’t vouch for doesn’t tell who has an account', async () => {
  const come = async (isKnown: boolean, signUpOpen: boolean) => {
    const here = await openWalk({ signUpOpen })
    const email = 'dorothy@langley.example'
    const owner = isKnown ? await here.add({ email, name: 'Dorothy' }) : null
    const visitor = here.visitor()
    const answer = await signInWith(visitor, 'oidc', dorothy.id, { unverified: 'yes' })
    const signedIn = await sessionIn(here, visitor)
    const kinds = (await lettersTo(here.house, email)).map(({ kind }) => kind)
    if (owner !== null) assert.deepEqual(await identitiesOf(here.house.database, owner.id), [])
    const waiting = signedIn === null ? null : await waitingAddress(here.house, signedIn.user)
    const seen = [
      answer.status,
      answer.location,
      [...visitor.cookies.keys()],
      waiting?.address,
      signedIn?.user.email,
      signedIn?.user.name,
    ]
    return { seen, kinds, isTheirs: owner !== null && signedIn?.user.id === owner.id }
  }
  for (const signUpOpen of [true, false]) {
    const [known, unknown] = [await come(true, signUpOpen), await come(false, signUpOpen)]
    assert.deepEqual(known.seen, unknown.seen)
    assert.equal(known.isTheirs, false)
    assert.deepEqual(known.kinds, signUpOpen ? ['account.exists'] : [])
    assert.deepEqual(unknown.kinds, signUpOpen ? ['address.change'] : [])
  }
})

test('an account that only another provider opens has no password to link with, and its page says so', async () => {
  const here = await openWalk()
  await signInWith(here.visitor(), 'oidc', adaElsewhere.id)
  const owner = await userOf(here, 'ada@example.test')
  assert.ok(owner)
  const visitor = here.visitor()
  const offered = await signInWith(visitor, 'google', ada.id)
  const page = await visitor.visit(offered.location ?? '')
  assert.match(page.body, /it has no password/)
  const ticket = page.field('ticket') ?? ''
  const refused = await visitor.submit('/sign-in/with/google/link', { ticket, password })
  assert.equal(refused.status, 403)
  assert.equal((await identitiesOf(here.house.database, owner.id)).length, 1)
})

test('the offer to link is good once, in its own browser, and for ten minutes', async () => {
  const here = await openWalk()
  await here.add({ email: 'ada@example.test' })
  const link = '/sign-in/with/google/link'
  const offer = async (visitor: Visitor): Promise<string> => {
    const { location = '' } = await signInWith(visitor, 'google', ada.id)
    return new URL(location, 'http://localhost').searchParams.get('ticket') ?? ''
  }
  const visitor = here.visitor()
  const ticket = await offer(visitor)
  const thief = here.visitor()
  await thief.visit('/sign-in')
  assert.equal((await thief.visit(`${link}?ticket=${ticket}`)).status, 400)
  assert.equal((await thief.submit(link, { ticket, password })).status, 400)
  assert.equal((await visitor.submit('/sign-in/with/facebook/link', { ticket, password })).status, 400)
  // A ticket is no state: the callback does not take it.
  const asState = `/sign-in/with/google/callback?state=${ticket}&code=c`
  assert.equal((await visitor.visit(asState)).status, 400)
  await visitor.visit(`${link}?ticket=${ticket}`)
  const answers = await Promise.all([
    visitor.submit(link, { ticket, password }),
    visitor.submit(link, { ticket, password }),
  ])
  assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 400])
  assert.equal((await rowsOf(here, 'identities')).length, 1)
  assert.equal((await visitor.visit(`${link}?ticket=${ticket}`)).status, 400)

  const slow = here.visitor()
  await here.add({ email: 'dorothy@langley.example', name: 'Dorothy' })
  const { location = '' } = await signInWith(slow, 'oidc', dorothy.id)
  await slow.visit(location)
  here.house.runtime.advance(600)
  assert.equal((await slow.visit(location)).status, 400)
})

test('C14: guesses on the link page are counted with those on the sign-in page', async () => {
  const here = await openWalk({
    limits: { account: { free: 2, delays: [60, 60, 60, 60], cap: 100, seconds: 3600 } },
  })
  await here.add({ email: 'ada@example.test' })
  const visitor = here.visitor()
  const { location = '' } = await signInWith(visitor, 'google', ada.id)
  const ticket = (await visitor.visit(location)).field('ticket') ?? ''
  const guess = () =>
    visitor.submit('/sign-in/with/google/link', { ticket, password: 'a wrong guess of hers' })
  assert.equal((await guess()).status, 403)
  assert.equal((await guess()).status, 403)
  const limited = await guess()
  assert.equal(limited.status, 429)
  assert.ok(Number(limited.header('retry-after')) > 0)
  const form = await here.visitor()
  await form.visit('/sign-in')
  const there = await form.submit('/sign-in', { username: 'ada@example.test', password })
  assert.equal(there.status, 429)
})

test('PW-27: who is signed in links a provider, is told of it, and after that either signs them in', async () => {
  const here = await openWalk()
  const owner = await here.add({ email: 'grace@example.test', name: 'Grace Hopper' })
  const visitor = here.visitor()
  await visitor.visit(`/enter/${owner.id}`)
  const linkFrom = async (browser: Visitor, person: string): Promise<Answer> => {
    await browser.visit('/sign-in?continue=x')
    const begun = await browser.submit('/account/identities/link/google', {})
    const page = await browser.visit(begun.location ?? '')
    return browser.visit(await answerThere(browser, page, { person }))
  }
  const linked = await linkFrom(visitor, katherine.id)
  assert.equal(linked.location, '/account?done=linked')
  const [identity] = await identitiesOf(here.house.database, owner.id)
  assert.deepEqual([identity?.subject, identity?.email], [katherine.id, 'katherine@orbit.example'])
  assert.equal((await linkFrom(visitor, katherine.id)).location, '/account?done=linked')
  const told = await lettersTo(here.house, 'grace@example.test')
  assert.deepEqual(
    told.map(({ subject }) => subject),
    ['Signing in with Google was added'],
    'once: linking what is linked changes nothing',
  )
  const other = here.visitor()
  isAccountAddress(await signInWith(other, 'google', katherine.id))
  assert.equal((await sessionIn(here, other))?.user.id, owner.id)

  const stranger = await here.add({ email: 'tim@example.test', name: 'Tim' })
  const tims = here.visitor()
  await tims.visit(`/enter/${stranger.id}`)
  assert.equal((await linkFrom(tims, katherine.id)).status, 409)
  assert.deepEqual(await identitiesOf(here.house.database, stranger.id), [])
})

test('SE-09: linking asks for a fresh proof, and ends where somebody else has signed in meanwhile', async () => {
  const here = await openWalk()
  const owner = await here.add({ email: 'grace@example.test', name: 'Grace Hopper' })
  const path = '/account/identities/link/google'
  const visitor = here.visitor()
  await visitor.visit('/sign-in')
  const unknown = await visitor.submit(path, {})
  assert.match(unknown.location ?? '', /^\/sign-in\?continue=/)
  await visitor.visit(`/enter/${owner.id}`)
  here.house.runtime.advance(601)
  const asked = await visitor.submit(path, {})
  assert.equal(asked.status, 403)
  assert.match(asked.body, /Confirm that it’s you/)
  const begun = await visitor.submit(path, { username: 'grace@example.test', password })
  assert.match(begun.location ?? '', /\/dev\/idp\/google\//)
  const page = await visitor.visit(begun.location ?? '')
  const callback = await answerThere(visitor, page, { person: katherine.id })
  const other = await here.add({ email: 'tim@example.test', name: 'Tim' })
  await visitor.visit(`/enter/${other.id}`)
  assert.equal((await visitor.visit(callback)).status, 400)
  assert.equal((await rowsOf(here, 'identities')).length, 0)
})

test('who changes their mind while linking is back on the account page', async () => {
  const here = await openWalk()
  const owner = await here.add()
  const visitor = here.visitor()
  await visitor.visit(`/enter/${owner.id}`)
  await visitor.visit('/sign-in?continue=x')
  const begun = await visitor.submit('/account/identities/link/google', {})
  const page = await visitor.visit(begun.location ?? '')
  isAccountAddress(await visitor.visit(await answerThere(visitor, page, { decision: 'deny' })))
})
