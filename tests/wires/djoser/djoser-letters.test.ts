// Links that djoser mails: each is good once, for one person and one thing, and asking for one tells nobody anything.
import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { rememberMoved } from '../../../packages/server/src/accounts/users/moved.store.ts'
import { keyOf, me, newton, openDjoser, pairOf } from './djoser.fixture.ts'
import { other, password } from './flows.ts'
import { type Accounts, many, said } from './ours.fixture.ts'

describe('Activation by djoser', () => {
  const settings = { sendActivationEmail: true } as const
  const activate = (accounts: Accounts, members: object) => accounts.send('/auth/users/activation/', members)
  const canCome = async (accounts: Accounts, username: string) => [
    (await accounts.send('/auth/token/login/', { username, password })).status,
    (await accounts.send('/auth/jwt/create/', { username, password })).status,
  ]

  test('lets nobody in before, by key or token, in the words for a wrong password', async () => {
    await using accounts = await openDjoser(settings)
    equal((await accounts.send('/auth/users/', newton)).status, 201)
    deepEqual(await canCome(accounts, 'newton'), [400, 401])
    const [right, wrong] = [
      await accounts.send('/auth/token/login/', { username: 'newton', password }),
      await accounts.send('/auth/token/login/', { username: 'newton', password: 'wrong' }),
    ]
    deepEqual(said(right), said(wrong))
    equal((await activate(accounts, await accounts.lastLink())).status, 204)
    deepEqual(await canCome(accounts, 'newton'), [200, 200])
  })

  test('is done once by twenty who follow one link at once', async () => {
    await using accounts = await openDjoser(settings)
    await accounts.send('/auth/users/', newton)
    const link = await accounts.lastLink()
    const statuses = (await many(20, () => activate(accounts, link))).map(({ status }) => status)
    equal(statuses.filter((status) => status === 204).length, 1)
    ok(statuses.every((status) => [204, 400, 403].includes(status)))
    deepEqual(said(await activate(accounts, link)), [403, { detail: 'Stale token for given user.' }])
  })

  test('is refused where the link is one person’s and the uid another’s, and uses nothing up', async () => {
    await using accounts = await openDjoser(settings)
    await accounts.send('/auth/users/', newton)
    const own = await accounts.lastLink()
    await accounts.send('/auth/users/', { ...newton, username: 'leibniz', email: 'leibniz@example.test' })
    const { uid } = await accounts.lastLink()
    notEqual(uid, own.uid)
    deepEqual(said(await activate(accounts, { ...own, uid })), [
      400,
      { token: ['Invalid token for given user.'] },
    ])
    equal((await activate(accounts, own)).status, 204)
  })

  test('tells nobody by its answers who is here', async () => {
    await using accounts = await openDjoser(settings)
    await accounts.send('/auth/users/', newton)
    const { uid, token } = await accounts.lastLink()
    const nobodys = Buffer.from('usr_01a2022db2137c6ca3ae071f43895961').toString('base64url')
    const bad = `${token.slice(0, -4)}AAAA`
    for (const one of [bad, 'x']) {
      const [somebody, nobody] = [
        await activate(accounts, { uid, token: one }),
        await activate(accounts, { uid: nobodys, token: one }),
      ]
      deepEqual(said(somebody), said(nobody))
    }
  })

  test('is mailed again to who has to prove an address, and asked for in one way for anybody (C26)', async () => {
    await using accounts = await openDjoser(settings)
    const { database } = accounts.house
    await accounts.send('/auth/users/', newton)
    const resend = async (email: string) => {
      const before = await rowsOf(database)
      const answer = await accounts.send('/auth/users/resend_activation/', { email })
      return { said: [answer.status, answer.body], rows: (await rowsOf(database)) - before }
    }
    const asked = await Promise.all([resend('nobody@example.test')])
    asked.push(await resend('ada@example.test'), await resend(newton.email))
    deepEqual(
      asked.map(({ said: told }) => told),
      Array(3).fill([204, '']),
    )
    const letters = (await accounts.house.letters()).filter(({ kind }) => kind === 'address.verify')
    deepEqual([...new Set(letters.map(({ to }) => to))], [newton.email])
    equal(letters.length, 2)
    // For nobody as many rows are written; of somebody's first link the second one takes the place.
    ok(asked.slice(0, 2).every(({ rows }) => rows >= 1))
  })

  test('is not asked of those who were brought from a system where they were active', async () => {
    await using accounts = await openDjoser(settings)
    const { house } = accounts
    const person = { username: 'euler', email: 'euler@example.test', emailVerified: false }
    const { id } = await accounts.add(person)
    deepEqual(await canCome(accounts, 'euler'), [400, 401])
    const moved = { userId: id, digest: '', passwordDigest: null, movedAt: house.runtime.now() }
    await house.database.commit([rememberMoved(house.database, 'django', '7', moved)])
    deepEqual(await canCome(accounts, 'euler'), [200, 200])
  })
})

describe('A password that is reset by djoser', () => {
  const ask = (accounts: Accounts, email: string, headers = {}) =>
    accounts.send('/auth/users/reset_password/', { email }, { headers })
  const confirm = (accounts: Accounts, link: object) =>
    accounts.send('/auth/users/reset_password_confirm/', { ...link, new_password: other })

  test('is asked for in one way for anybody, and mailed to the front end that is stated alone (C20, C26)', async () => {
    await using accounts = await openDjoser()
    const [somebody, nobody] = [
      await ask(accounts, 'ada@example.test', { 'x-forwarded-host': 'evil.example' }),
      await ask(accounts, 'nobody@example.test'),
    ]
    deepEqual([somebody.status, somebody.body], [204, ''])
    deepEqual([nobody.status, nobody.body], [204, ''])
    const letters = await accounts.house.letters()
    deepEqual(
      letters.map(({ to }) => to),
      ['ada@example.test'],
    )
    match(letters[0]?.text ?? '', /https:\/\/app\.example\.test\/reset\/[\w-]+\/csmp_/)
    equal((letters[0]?.text ?? '').includes('evil.example'), false)
  })

  test('ends every key and token, and is done once by twenty who follow one link at once (PW-20, C15)', async () => {
    await using accounts = await openDjoser()
    const [own, pair] = [await keyOf(accounts), await pairOf(accounts)]
    await ask(accounts, 'ada@example.test')
    const link = await accounts.lastLink()
    const statuses = (await many(20, () => confirm(accounts, link))).map(({ status }) => status)
    equal(statuses.filter((status) => status === 204).length, 1)
    ok(statuses.every((status) => [204, 400, 503].includes(status)))
    for (const headers of [own, pair]) equal((await me(accounts, headers)).status, 401)
    equal((await accounts.send('/auth/token/login/', { username: 'ada', password })).status, 400)
    equal((await accounts.send('/auth/token/login/', { username: 'ada', password: other })).status, 200)
  })

  test('is refused where the link is one person’s and the uid another’s, and uses nothing up', async () => {
    await using accounts = await openDjoser()
    await ask(accounts, 'grace@example.test')
    const { uid } = await accounts.lastLink()
    await ask(accounts, 'ada@example.test')
    const own = await accounts.lastLink()
    deepEqual(said(await confirm(accounts, { ...own, uid })), [
      400,
      { token: ['Invalid token for given user.'] },
    ])
    equal((await confirm(accounts, own)).status, 204)
  })

  test('is not had by a link that was mailed for something else', async () => {
    await using accounts = await openDjoser()
    await accounts.send('/auth/users/reset_username/', { email: 'ada@example.test' })
    const link = await accounts.lastLink()
    equal((await confirm(accounts, link)).status, 400)
    const rename = { ...link, new_username: 'countess' }
    equal((await accounts.send('/auth/users/reset_username_confirm/', rename)).status, 204)
    equal((await accounts.send('/auth/token/login/', { username: 'countess', password })).status, 200)
  })
})

async function rowsOf(database: Accounts['house']['database']): Promise<number> {
  const [row] = await database.read('select count(*) as n from mailed_proofs', [])
  return Number(row?.['n'])
}
