import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digest } from '@countersign/protocol'
import { disableUser, listUsers } from '../../accounts/users/users.store.ts'
import type { Answer, Visitor } from '../../platform/house.ts'
import { EgressFailure } from '../../platform/http/egress.ts'
import { localPath } from '../../platform/http/exchange.ts'
import { sealReturn } from '../../platform/http/return.ts'
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

const [ada, katherine] = people.google
const [, , hedy] = people.facebook
const [, dorothy] = people.oidc

test('a stranger signs in with Google and has an account, and the second time it is the same one', async () => {
  const here = await openWalk()
  const visitor = here.visitor()
  isAccountAddress(await signInWith(visitor, 'google', katherine.id))
  const first = await sessionIn(here, visitor)
  assert.ok(first)
  assert.deepEqual([first.session.amr, first.session.acr], [['fed'], 'urn:countersign:acr:upstream'])
  const { email, emailVerified, username, name, claims } = first.user
  assert.deepEqual(
    { email, emailVerified, username, name },
    { email: 'katherine@orbit.example', emailVerified: true, username: null, name: 'Katherine Johnson' },
  )
  assert.deepEqual(claims, {
    given_name: 'Katherine',
    family_name: 'Johnson',
    picture: `https://lh3.googleusercontent.com/a/${katherine.id}=s96-c`,
  })
  const other = here.visitor()
  isAccountAddress(await signInWith(other, 'google', katherine.id))
  assert.equal((await sessionIn(here, other))?.user.id, first.user.id)
  assert.equal((await listUsers(here.house.database)).length, 1)
  const types = (await rowsOf(here, 'events')).map(({ type }) => type)
  assert.deepEqual(types, ['user.signed_up', 'identity.linked', 'user.signed_in', 'user.signed_in'])
})

test('FD-07: nothing that the provider issued is kept: no token, no code, no secret of the attempt', async () => {
  const here = await openWalk()
  await signInWith(here.visitor(), 'google', katherine.id)
  await signInWith(here.visitor(), 'facebook', hedy.id)
  const tables = ['users', 'identities', 'sessions', 'upstream_attempts', 'events']
  const rows = await Promise.all(tables.map((table) => rowsOf(here, table)))
  // Digests begin like anything once in a while.
  const kept = JSON.stringify(rows, (name, value: unknown) => (/digest$/.test(name) ? null : value))
  assert.doesNotMatch(kept, /ya29|EAAB|eyJ|4\/0A|"AQ/)
  for (const attempt of await rowsOf(here, 'upstream_attempts')) assert.equal(attempt['sealed_secrets'], '')
  assert.doesNotMatch(here.house.logged.join('\n'), /ya29|EAAB|eyJ/)
})

test('who comes from somewhere goes on there, and a return address of another browser is dropped', async () => {
  const here = await openWalk()
  const visitor = here.visitor()
  const page = await visitor.visit('/sign-in')
  assert.equal(page.status, 200)
  const browser = { digest: digest(visitor.cookies.get('browser') ?? ''), formToken: '', nonce: '' }
  const there = localPath('/oauth/authorize?flow=handle')
  const mine = sealReturn(here.house.vault, browser, there)
  const answer = await signInWith(visitor, 'google', katherine.id, { continue: mine })
  assert.equal(answer.location, there)
  const theirs = sealReturn(here.house.vault, { ...browser, digest: 'another' }, there)
  isAccountAddress(await signInWith(visitor, 'google', katherine.id, { continue: theirs }))
})

test('FD-01, C18: an answer counts once, in its own browser, at its own provider, and within ten minutes', async () => {
  const here = await openWalk()
  const visitor = here.visitor()
  const callback = await answerThere(visitor, await goTo(visitor, 'google'), { person: katherine.id })
  const nobodyIs = async (answer: Answer, browser: Visitor, status = 400) => {
    assert.equal(answer.status, status)
    assert.equal(answer.location, undefined)
    assert.equal(await sessionIn(here, browser), null)
    assert.equal((await listUsers(here.house.database)).length, 0)
  }
  const thief = here.visitor()
  await nobodyIs(await thief.visit(callback), thief)
  await thief.visit('/sign-in')
  await nobodyIs(await thief.visit(callback), thief)
  for (const other of ['facebook', 'oidc']) {
    await nobodyIs(await visitor.visit(callback.replace('/google/', `/${other}/`)), visitor)
  }
  const state = new URL(callback).searchParams.get('state') ?? ''
  for (const changed of [
    callback.replace(state, ''),
    callback.replace(state, `${state}A`),
    callback.replace(/state=[^&]*&?/, ''),
    `${callback}&state=${state}`,
    `${callback}&code=another`,
    `${callback.split('?')[0]}`,
  ]) {
    await nobodyIs(await visitor.visit(changed), visitor)
  }
  assert.deepEqual(
    here.calls.filter((call) => call.startsWith('POST')),
    [],
  )
  // None of that ended the attempt: its own browser still can.
  isAccountAddress(await visitor.visit(callback))
  const replayed = here.visitor()
  for (const [name, value] of visitor.cookies) if (name !== 'sid') replayed.cookies.set(name, value)
  assert.equal((await replayed.visit(callback)).status, 400)
  assert.equal(await sessionIn(here, replayed), null)

  const slow = here.visitor()
  const late = await answerThere(slow, await goTo(slow, 'oidc'), { person: dorothy.id })
  here.house.runtime.advance(600)
  assert.equal((await slow.visit(late)).status, 400)
  assert.equal(await sessionIn(here, slow), null)
})

test('FD-01: parallel answers with one state sign in once', async () => {
  const here = await openWalk()
  const visitor = here.visitor()
  const callback = await answerThere(visitor, await goTo(visitor, 'google'), { person: katherine.id })
  const answers = await Promise.all(Array.from({ length: 10 }, () => visitor.visit(callback)))
  assert.equal(answers.filter(({ status }) => status === 303).length, 1)
  assert.equal((await rowsOf(here, 'sessions')).length, 1)
})

test('two browsers that meet one stranger for the first time at once make one account', async () => {
  const here = await openWalk()
  const visitors = Array.from({ length: 5 }, () => here.visitor())
  const callbacks = await Promise.all(
    visitors.map(async (visitor) =>
      answerThere(visitor, await goTo(visitor, 'google'), { person: katherine.id }),
    ),
  )
  const answers = await Promise.all(visitors.map((visitor, index) => visitor.visit(callbacks[index] ?? '')))
  for (const answer of answers) isAccountAddress(answer)
  assert.equal((await listUsers(here.house.database)).length, 1)
  assert.equal((await rowsOf(here, 'identities')).length, 1)
})

test('FD-02: an answer in the name of another issuer signs nobody in', async () => {
  const here = await openWalk()
  for (const upstream of ['google', 'oidc'] as const) {
    const visitor = here.visitor()
    const [person] = people[upstream]
    const callback = await answerThere(visitor, await goTo(visitor, upstream), { person: person.id })
    const url = new URL(callback)
    url.searchParams.set('iss', 'https://accounts.google.com')
    assert.equal((await visitor.visit(url.href)).status, 400)
    assert.equal(await sessionIn(here, visitor), null)
  }
  assert.equal(here.calls.filter((call) => call.startsWith('POST')).length, 0)
})

test('Facebook without an e-mail address makes an account that only Facebook opens', async () => {
  const here = await openWalk()
  const visitor = here.visitor()
  isAccountAddress(await signInWith(visitor, 'facebook', hedy.id))
  const { user } = (await sessionIn(here, visitor)) ?? {}
  assert.deepEqual([user?.email, user?.emailVerified, user?.name], [null, false, 'Hedy Lamarr'])
  const again = here.visitor()
  isAccountAddress(await signInWith(again, 'facebook', hedy.id))
  assert.equal((await sessionIn(here, again))?.user.id, user?.id)
})

test('who refuses at the provider is back on the sign-in page, on the way to the same place', async () => {
  const here = await openWalk()
  for (const upstream of ['google', 'facebook', 'oidc']) {
    const visitor = here.visitor()
    await visitor.visit('/sign-in')
    const browser = { digest: digest(visitor.cookies.get('browser') ?? ''), formToken: '', nonce: '' }
    const to = sealReturn(here.house.vault, browser, localPath('/oauth/authorize?flow=handle'))
    const page = await goTo(visitor, upstream, { continue: to })
    const answer = await visitor.visit(await answerThere(visitor, page, { decision: 'deny' }))
    assert.equal(answer.status, 303)
    const location = new URL(answer.location ?? '', 'http://localhost')
    assert.equal(location.pathname, '/sign-in')
    assert.equal(location.searchParams.get('continue'), to)
    const back = await visitor.visit(answer.location ?? '')
    assert.match(back.body, /nothing has changed here/)
    assert.equal(back.field('continue'), to)
  }
  assert.deepEqual(here.house.logged, [])
})

test('FD-07, CVE-2015-9284: signing in or linking never begins by a link or another site’s form', async () => {
  const here = await openWalk()
  const visitor = here.visitor()
  await visitor.visit('/sign-in')
  for (const path of ['/sign-in/with/google', '/account/identities/link/google']) {
    assert.equal((await visitor.visit(path)).status, 405)
    assert.equal((await visitor.visit(path, { form: {} })).status, 403)
    const foreign = { headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' } }
    assert.equal((await visitor.submit(path, {}, foreign)).status, 403)
  }
  assert.equal((await rowsOf(here, 'upstream_attempts')).length, 0)
})

test('C10: a disabled account is not opened by its provider, and none is made beside it', async () => {
  const here = await openWalk()
  await signInWith(here.visitor(), 'google', katherine.id)
  const owner = await userOf(here, 'katherine@orbit.example')
  const { database, runtime } = here.house
  await database.commit([disableUser(database, runtime.now(), owner?.id ?? '')])
  const visitor = here.visitor()
  const answer = await signInWith(visitor, 'google', katherine.id)
  assert.equal(answer.status, 403)
  assert.equal(await sessionIn(here, visitor), null)
  assert.equal((await listUsers(database)).length, 1)
})

test('where sign-up is closed, providers open known accounts and make no new ones', async () => {
  const here = await openWalk({ signUpOpen: false })
  await here.add({ email: 'ada@example.test' })
  const stranger = here.visitor()
  assert.equal((await signInWith(stranger, 'google', katherine.id)).status, 403)
  assert.equal((await listUsers(here.house.database)).length, 1)
  const visitor = here.visitor()
  const { location = '' } = await signInWith(visitor, 'google', ada.id)
  const page = await visitor.visit(location)
  assert.doesNotMatch(page.body, /separate account/)
  const ticket = page.field('ticket') ?? ''
  const apart = await visitor.submit('/sign-in/with/google/link', { ticket, decision: 'separate' })
  assert.equal(apart.status, 403)
  isAccountAddress(await visitor.submit('/sign-in/with/google/link', { ticket, password }))
})

test('F26: while a provider is away, its button says so and passwords go on working', async () => {
  const here = await openWalk({
    meddle: () => async () => {
      throw new EgressFailure('timeout')
    },
  })
  await here.add({ email: 'ada@example.test' })
  const visitor = here.visitor()
  const away = await goTo(visitor, 'google')
  assert.equal(away.status, 503)
  assert.match(away.body, /can’t be reached/)
  assert.match(here.house.logged.join(), /"fault":"unreachable".*timeout/)
  await visitor.visit('/sign-in')
  isAccountAddress(await visitor.submit('/sign-in', { username: 'ada@example.test', password }))
})

test('one network begins so many sign-ins a minute and no more', async () => {
  const here = await openWalk({ limits: { tries: { burst: 3, seconds: 60 } } })
  const visitor = here.visitor()
  await visitor.visit('/sign-in')
  for (let i = 0; i < 3; i++) {
    assert.equal((await visitor.submit('/sign-in/with/google', {})).status, 303)
  }
  const limited = await visitor.submit('/sign-in/with/google', {})
  assert.equal(limited.status, 429)
  assert.ok(Number(limited.header('retry-after')) > 0)
})
