// People who come one by one, from a server of before that is a real one here too: small, over HTTP, on this machine.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { onBothEngines } from '../../../../../../tests/harness/engines.ts'
import type { Elsewhere } from '../../../accounts/credentials/elsewhere.ts'
import { provePassword } from '../../../accounts/credentials/prove-password.ts'
import { noLimits, openPeople, type People } from '../../../accounts/people.fixture.ts'
import { eraseUser } from '../../../accounts/users/erase.ts'
import { userByNumber } from '../../../accounts/users/numbers.store.ts'
import { disableUser } from '../../../accounts/users/users.store.ts'
import { type House, openHouse } from '../../../platform/house.ts'
import { openHall, signIn } from '../../../signin/signin.fixture.ts'
import { people, signsIn, take, userNamed } from '../moving.fixture.ts'
import { elsewhereOf } from './ask-elsewhere.ts'
import { askOldSystem, type OldSystem } from './old-system.ts'

const known: Readonly<Record<string, readonly [password: string, id: number | string, email?: string]>> = {
  'ada@example.test': ['analytical-engine-1843', 7],
  grace: ['a compiler of one’s own', 8, 'grace@example.test'],
  // One person with a user name and an address, whose id is no number.
  henry: ['steam and looms 1801', '5b9c-henry'],
  'henry@example.test': ['steam and looms 1801', '5b9c-henry'],
  moved: ['old and still good', 9],
  taken: ['another taken', 10, 'here@example.test'],
}
const asked: string[] = []
let hangs = false

const old = createServer((request, response) => {
  void (async () => {
    const say = (status: number, value: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(value))
    }
    if (request.method === 'GET') {
      const name = Buffer.from(request.headers.authorization?.split(' ')[1] ?? '', 'base64url').toString()
      const [, id, email] = known[name] ?? assert.fail(name)
      return say(200, { pk: id, username: name, email })
    }
    const body = JSON.parse(await text(request)) as Record<string, unknown>
    const given = (request.url === '/user_token' ? body['auth'] : body) as Record<string, string>
    if (request.url === '/elsewhere/') return say(404, {})
    if (request.url === '/by-email/') return say(400, { email: ['This field is required.'] })
    const name = given['username'] ?? given['email'] ?? ''
    if (!/^nobody-/.test(name)) asked.push(name)
    if (hangs) return
    const person = known[name]
    const shown = request.url === '/trims/' ? given['password']?.trim() : given['password']
    if (person?.[0] !== shown) return say(401, { detail: 'No active account' })
    const jwt = (claims: unknown): string =>
      ['{"alg":"HS256"}', JSON.stringify(claims), 'x']
        .map((part) => Buffer.from(part).toString('base64url'))
        .join('.')
    if (request.url === '/user_token') return say(201, { jwt: jwt({ sub: person?.[1] }) })
    if (request.url === '/keys/') return say(200, { token: Buffer.from(name).toString('base64url') })
    return say(200, { refresh: 'r', access: jwt({ user_id: String(person?.[1]) }) })
  })()
})
let origin = ''
before(async () => {
  old.listen(0, '127.0.0.1')
  await once(old, 'listening')
  origin = `http://127.0.0.1:${(old.address() as AddressInfo).port}`
})
after(() => {
  old.closeAllConnections()
  old.close()
})

interface Opening {
  readonly kind?: OldSystem['kind']
  readonly house?: House
  readonly path?: string
  /** Milliseconds that a refusal takes. */
  readonly patienceMs?: number
}

/** `prove` is for who is let in, however long that takes here; `refuse` for who isn't, which takes as long as it may. */
async function opened({ kind = 'simplejwt', house, path, patienceMs = 1000 }: Opening = {}) {
  const to: People = await openPeople({ ...(house !== undefined && { house }), limits: noLimits })
  const usual = { simplejwt: '/api/token/', knock: '/user_token', 'drf-token': '/keys/' }[kind]
  const systems = [systemAt(kind, path ?? usual)]
  asked.length = 0
  const by = (longest: number) =>
    proving(to, elsewhereOf(to.house, to.passwords, { systems, patienceMs: longest }))
  return { to, prove: by(60_000), refuse: by(patienceMs) }
}

function proving(to: People, elsewhere: Elsewhere | undefined) {
  const door = { passwords: to.passwords, limits: to.limits, elsewhere }
  return async (name: string, password: string) => {
    const proof = await provePassword(
      to.house,
      door,
      { cookies: new Map(), peer: '203.0.113.7' },
      { name },
      password,
    )
    if (proof.ok) assert.equal((await to.house.database.commit([proof.writes])).ok, true)
    return proof
  }
}

function systemAt(kind: OldSystem['kind'], path: string) {
  return {
    source: 'django',
    kind,
    url: `${origin}${path}`,
    me: kind === 'drf-token' ? `${origin}/me/` : null,
    nameField: kind === 'knock' ? 'email' : 'username',
    idClaim: kind === 'knock' ? 'sub' : 'user_id',
    numbers: ['simplejwt'],
  }
}

describe('A password that is asked about elsewhere', () => {
  for (const [kind, name] of [
    ['simplejwt', 'grace'],
    ['knock', 'ada@example.test'],
    ['drf-token', 'grace'],
  ] as const) {
    test(`brings who is right there, with number and password, and never asks about them again (${kind})`, async () => {
      const { to, prove, refuse } = await opened({ kind })
      const [password, id, email = null] = known[name] ?? assert.fail()
      assert.equal((await refuse(name, `${password}x`)).ok, false)
      assert.equal((await prove(name, password)).ok, true)
      const user = (await userNamed(to, name)) ?? assert.fail()
      assert.equal((await userByNumber(to.house.database, 'simplejwt', Number(id)))?.id, user.id)
      assert.equal(user.emailVerified, false)
      if (kind === 'drf-token') assert.equal(user.email, email)
      assert.equal(await signsIn(to, name, password), true)
      assert.equal((await prove(name, password)).ok, true)
      assert.equal(asked.length, 2)
    })
  }

  test('C16: of people who are here only those are asked about who were brought from there, and by their own id', async () => {
    const { to, prove, refuse } = await opened()
    await to.add({ username: 'grace', email: 'other@example.test', password: undefined })
    assert.equal((await refuse('grace', 'a compiler of one’s own')).ok, false)
    assert.equal(asked.length, 0)
    await take(to, people({ id: '9', username: 'moved' }, { id: '11', username: 'taken' }))
    assert.equal((await prove('moved', 'old and still good')).ok, true)
    assert.equal(await signsIn(to, 'moved', 'old and still good'), true)
    assert.equal((await refuse('taken', 'another taken')).ok, false)
  })

  test('an address that somebody has here is not taken along; who is disabled is not asked about', async () => {
    const { to, prove, refuse } = await opened({ kind: 'drf-token' })
    await to.add({ username: 'here', email: 'here@example.test' })
    assert.equal((await prove('taken', 'another taken')).ok, true)
    assert.equal((await userNamed(to, 'taken'))?.email, null)
    const grace = await to.add({ username: 'grace', email: 'g@example.test', password: undefined })
    await to.house.database.commit([disableUser(to.house.database, to.house.runtime.now(), grace.id)])
    const before = asked.length
    assert.equal((await refuse('grace', 'a compiler of one’s own')).ok, false)
    assert.equal(asked.length, before)
  })

  test('spaces that are taken away there before a password is looked at are no part of it here', async () => {
    const { to, prove } = await opened({ path: '/trims/' })
    assert.equal((await prove('grace', ' a compiler of one’s own ')).ok, true)
    assert.equal(await signsIn(to, 'grace', 'a compiler of one’s own'), true)
    assert.equal(await signsIn(to, 'grace', ' a compiler of one’s own '), false)
    const { to: exact, refuse } = await opened()
    assert.equal((await refuse('grace', ' a compiler of one’s own ')).ok, false)
    assert.equal(await userNamed(exact, 'grace'), null)
  })

  test('PW-08: while nobody answers there, every refusal says that it is unsure, whomever it is of', async (t) => {
    const house = await openHouse()
    t.after(() => house.close())
    const { passwords } = await openPeople({ house })
    const nowhere = { ...systemAt('simplejwt', '/api/token/'), url: 'http://127.0.0.1:9/api/token/' }
    const elsewhere = elsewhereOf(house, passwords, { systems: [nowhere], patienceMs: 50 })
    const hall = await openHall({ house, limits: noLimits, room: { elsewhere } })
    await hall.add({ username: 'here' })
    const shown = async (username: string) => {
      const answer = await signIn(hall.visitor(), { username, password: 'wrong' })
      assert.equal(answer.status, 403)
      return /can’t be checked right now/.test(answer.body)
    }
    for (const name of ['here', 'grace', 'here', 'henry']) assert.equal(await shown(name), true, name)
    assert.equal(house.logged.filter((line) => line.includes('gives no answer')).length, 1)
    // Whoever it is of whom nothing was heard for a minute: the first who is tried then tells nothing of themself either.
    for (const name of ['grace', 'here']) {
      house.runtime.advance(60)
      assert.equal(await shown(name), true, name)
    }
  })

  test('an address where nothing is, and a field that it lacks, are no refusal', async (t) => {
    const house = await openHouse()
    t.after(() => house.close())
    const question = { name: 'grace', password: 'wrong', timeoutMs: 60_000 }
    const answered = (kind: OldSystem['kind'], path: string) =>
      askOldSystem(house.egress, systemAt(kind, path), question)
    assert.deepEqual(await answered('simplejwt', '/elsewhere/'), { is: 'none', because: 'answered 404' })
    assert.deepEqual(await answered('knock', '/elsewhere/'), { is: 'wrong' })
    const because = 'it misses a field: see nameField'
    assert.deepEqual(await answered('simplejwt', '/by-email/'), { is: 'none', because })
    assert.deepEqual(await answered('simplejwt', '/api/token/'), { is: 'wrong' })
  })

  test('PW-08 PW-09: whoever is let in nowhere waits as long, asked about or not, answered or not', async () => {
    const { to, refuse } = await opened({ patienceMs: 1500 })
    await to.add({ username: 'here' })
    const lasted = async (name: string): Promise<number> => {
      const began = performance.now()
      assert.equal((await refuse(name, 'wrong')).ok, false)
      return performance.now() - began
    }
    const times = [await lasted('here'), await lasted('nobody'), await lasted('grace')]
    hangs = true
    times.push(await lasted('nobody'))
    hangs = false
    for (const time of times) assert.ok(time >= 1495, String(times))
    assert.deepEqual(asked, ['nobody', 'grace', 'nobody'])
  })
})

onBothEngines('People who come one by one', (open) => {
  test('ten who come at once with one name are one person', async () => {
    const { to, prove } = await opened({ house: await open() })
    const proofs = await Promise.all(
      Array.from({ length: 10 }, () => prove('grace', 'a compiler of one’s own')),
    )
    assert.ok(proofs.every(({ ok }) => ok))
    const ids = new Set(proofs.flatMap((proof) => (proof.ok ? [proof.user.id] : [])))
    assert.deepEqual([...ids], [(await userNamed(to, 'grace'))?.id])
  })

  test('C12, C16: who comes by two names at once is one person, and stays gone once deleted here', async () => {
    const { to, refuse } = await opened({ house: await open(), patienceMs: 3000 })
    const names = ['henry', 'henry@example.test']
    const proofs = await Promise.all(names.map((name) => refuse(name, 'steam and looms 1801')))
    const ids = proofs.flatMap((proof) => (proof.ok ? [proof.user.id] : []))
    assert.equal(ids.length, 1)
    await to.house.database.commit([eraseUser(to.house, ids[0] ?? '')])
    for (const name of names) assert.equal((await refuse(name, 'steam and looms 1801')).ok, false)
    for (const name of names) assert.equal(await userNamed(to, name), null)
  })
})
