// What the wire of djoser must not give away, and what ends what: beyond the words that originals.test.ts compares.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { limitPolicies } from '../../../packages/server/src/accounts/credentials/limit-policies.ts'
import { rememberMoved } from '../../../packages/server/src/accounts/users/moved.store.ts'
import { putNumber } from '../../../packages/server/src/accounts/users/numbers.store.ts'
import { userById } from '../../../packages/server/src/accounts/users/users.store.ts'
import type { Answer } from '../../../packages/server/src/platform/house.ts'
import { keyOf, me, newton, openDjoser, pairOf } from './djoser.fixture.ts'
import { other, password } from './flows.ts'
import { type Accounts, many, said } from './ours.fixture.ts'

describe('Signing up by djoser', () => {
  test('makes an account with an address that nobody has proven, and signs nobody in', async () => {
    await using accounts = await openDjoser()
    const answer = await accounts.send('/auth/users/', {
      ...newton,
      is_staff: true,
      id: 1,
      emailVerified: true,
    })
    equal(answer.status, 201)
    equal(answer.header('set-cookie'), undefined)
    const headers = await keyOf(accounts, 'newton')
    const { id } = (await me(accounts, headers)).json()
    equal(id, answer.json()['id'])
    const [row] = await accounts.house.database.read(
      "select email_verified from users where username = 'newton'",
      [],
    )
    equal(row?.['email_verified'], 0)
  })

  test('is refused where sign-up is closed, here or everywhere', async () => {
    const refused = [403, { detail: 'You do not have permission to perform this action.' }]
    await using closed = await openDjoser({}, { signUpOpen: false })
    deepEqual(said(await closed.send('/auth/users/', newton)), refused)
    await using here = await openDjoser({ userCreate: false })
    deepEqual(said(await here.send('/auth/users/', newton)), refused)
  })

  test('is limited by network, refusals counted, in the framework’s own shape (PW-10)', async () => {
    await using accounts = await openDjoser({}, { limited: true })
    const { burst } = limitPolicies.signUps
    const answers: Answer[] = []
    for (let tries = 0; tries <= burst; tries += 1) {
      const username = tries % 2 === 0 ? 'ada' : `newton${tries}`
      answers.push(await accounts.send('/auth/users/', { username, password }))
    }
    const limited = answers.at(-1)
    equal(limited?.status, 429)
    match(String(limited?.json()['detail']), /^Request was throttled\. Expected available in \d+ seconds?\.$/)
    ok(Number(limited?.header('retry-after')) > 0)
    ok(answers.slice(0, -1).every(({ status }) => status === 201 || status === 400))
    const elsewhere = await accounts.send('/auth/users/', newton, { peer: '198.51.100.9' })
    equal(elsewhere.status, 201)
  })

  test('costs as much for a name that is taken as for one that is free (PW-10)', async () => {
    await using accounts = await openDjoser()
    const before = accounts.hashes()
    equal((await accounts.send('/auth/users/', { username: 'ada', password })).status, 400)
    const taken = accounts.hashes() - before
    equal((await accounts.send('/auth/users/', newton)).status, 201)
    equal(accounts.hashes() - before - taken, taken)
  })

  test('of twenty at once with one name, one has it', async () => {
    await using accounts = await openDjoser()
    const statuses = (await many(20, () => accounts.send('/auth/users/', newton))).map(({ status }) => status)
    equal(statuses.filter((status) => status === 201).length, 1)
    // The others found it taken, or no slot to hash in.
    ok(statuses.every((status) => [201, 400, 503].includes(status)))
  })

  test('takes a user name that is an address for the address', async () => {
    await using accounts = await openDjoser()
    const { email } = newton
    const answer = await accounts.send('/auth/users/', { username: email, email, password })
    deepEqual([answer.status, answer.json()['username'], answer.json()['email']], [201, email, email])
    equal((await accounts.send('/auth/token/login/', { username: email, password })).status, 200)
    const two = await accounts.send('/auth/users/', { username: 'other@example.test', email, password })
    deepEqual(Object.keys(two.json()), ['username'])
  })

  test('takes and shows the fields that are stated, and insists on those that are required', async () => {
    await using accounts = await openDjoser({
      loginField: 'email',
      fields: ['first_name', 'last_name'],
      requiredFields: ['first_name'],
    })
    const person = { email: newton.email, password, first_name: 'Isaac', last_name: 'Newton' }
    deepEqual((await accounts.send('/auth/users/', { ...person, first_name: undefined })).json(), {
      first_name: ['This field is required.'],
    })
    const answer = await accounts.send('/auth/users/', person)
    deepEqual(Object.keys(answer.json()), ['first_name', 'last_name', 'email', 'id'])
    const login = await accounts.send('/auth/token/login/', { email: newton.email, password })
    const headers = { authorization: `Token ${login.json()['auth_token']}` }
    const changed = await accounts.send('/auth/users/me/', { last_name: 'N.' }, { method: 'PATCH', headers })
    deepEqual(changed.json(), { ...answer.json(), last_name: 'N.' })
    equal((await userByName(accounts, newton.email))?.name, 'Isaac N.')
    for (const unfit of ['a\u202eb', 'a\nb']) {
      const refused = await accounts.send(
        '/auth/users/me/',
        { last_name: unfit },
        { method: 'PATCH', headers },
      )
      deepEqual([refused.status, Object.keys(refused.json())], [400, ['last_name']])
    }
  })
})

async function userByName({ house }: Accounts, email: string) {
  const [row] = await house.database.read(`select id from users where email = '${email}'`, [])
  return userById(house.database, String(row?.['id']))
}

describe('A password that is changed by djoser', () => {
  const change = (accounts: Accounts, headers: { readonly authorization: string }) =>
    accounts.send(
      '/auth/users/set_password/',
      { current_password: password, new_password: other },
      { headers: { authorization: headers.authorization } },
    )

  for (const [whose, ends] of [
    ['goes on with what it was changed by', false],
    ['ends that too where it is told to', true],
  ] as const) {
    test(`ends every other key and token, and ${whose} (SE-07)`, async () => {
      await using accounts = await openDjoser({ logoutOnPasswordChange: ends })
      const [own, another, pair] = [await keyOf(accounts), await keyOf(accounts), await pairOf(accounts)]
      accounts.house.runtime.advance(1)
      equal((await change(accounts, own)).status, 204)
      equal((await me(accounts, own)).status, ends ? 401 : 200)
      equal((await me(accounts, another)).status, 401)
      deepEqual(said(await me(accounts, pair)), [
        401,
        { detail: "The user's password has been changed.", code: 'password_changed' },
      ])
      equal((await accounts.send('/auth/jwt/refresh/', { refresh: pair.refresh })).status, 401)
      const [letter] = await accounts.house.letters()
      deepEqual([letter?.kind, letter?.to], ['account.changed', 'ada@example.test'])
    })
  }

  test('is changed once by ten who prove the same one at once', async () => {
    await using accounts = await openDjoser()
    const own = await keyOf(accounts)
    const statuses = (await many(10, () => change(accounts, own))).map(({ status }) => status)
    deepEqual(statuses.filter((status) => status === 204).length, 1)
    ok(statuses.every((status) => status === 204 || status === 400 || status === 401))
  })

  test('is not guessed by whoever holds a key (C14)', async () => {
    await using accounts = await openDjoser({}, { limited: true })
    const own = await keyOf(accounts)
    const statuses: number[] = []
    for (let tries = 0; tries < 12; tries += 1) {
      const members = { current_password: `guess-${tries}`, new_password: other }
      statuses.push((await accounts.send('/auth/users/set_password/', members, { headers: own })).status)
    }
    equal(statuses[0], 400)
    equal(statuses.at(-1), 429)
  })

  test('may be tried with new ones that are too weak without being locked out', async () => {
    await using accounts = await openDjoser({}, { limited: true })
    const own = await keyOf(accounts)
    for (let tries = 0; tries < 12; tries += 1) {
      const members = { current_password: password, new_password: 'short' }
      equal((await accounts.send('/auth/users/set_password/', members, { headers: own })).status, 400)
    }
    equal((await change(accounts, own)).status, 204)
  })
})

describe('Somebody who deletes themself by djoser', () => {
  test('is gone with every key and token, once', async () => {
    await using accounts = await openDjoser()
    const [own, another, pair] = [await keyOf(accounts), await keyOf(accounts), await pairOf(accounts)]
    const erase = () =>
      accounts.send('/auth/users/me/', { current_password: password }, { method: 'DELETE', headers: own })
    const statuses = (await many(5, erase)).map(({ status }) => status)
    equal(statuses.filter((status) => status === 204).length, 1)
    for (const headers of [own, another, pair]) equal((await me(accounts, headers)).status, 401)
    equal((await accounts.send('/auth/jwt/refresh/', { refresh: pair.refresh })).status, 401)
    equal(await userById(accounts.house.database, accounts.ada.id), null)
  })

  test('is told of nobody else, not even that they are there', async () => {
    await using accounts = await openDjoser()
    const [own, theirs] = [await keyOf(accounts), await keyOf(accounts, 'grace')]
    const { id } = (await me(accounts, theirs)).json()
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
      const ask = (number: unknown) =>
        accounts.send(
          `/auth/users/${number}/`,
          { current_password: password, email: 'x@example.test' },
          {
            method,
            headers: own,
          },
        )
      const [somebody, nobody] = [await ask(id), await ask(4711)]
      deepEqual(said(somebody), said(nobody))
      equal(somebody.status, 404)
    }
    equal((await me(accounts, theirs)).status, 200)
    deepEqual(
      (await accounts.send('/auth/users/', undefined, { headers: own })).body.match(/"username"/g)?.length,
      1,
    )
  })
})

describe('The id of a person', () => {
  for (const [foreign, id] of [
    ['7', 7],
    ['5f0c8d0e-2f6b-4d55-9f0b-0c6a6a0f7c11', '5f0c8d0e-2f6b-4d55-9f0b-0c6a6a0f7c11'],
  ] as const) {
    test(`is ${foreign} where it was that in the system before, in tokens and in views`, async () => {
      await using accounts = await openDjoser()
      const { database, runtime } = accounts.house
      const moved = { userId: accounts.ada.id, digest: '', passwordDigest: null, movedAt: runtime.now() }
      await database.commit([
        typeof id === 'number' ? putNumber(database, 'simplejwt', id, accounts.ada.id) : null,
        rememberMoved(database, 'django', foreign, moved),
      ])
      const pair = await pairOf(accounts)
      const [, payload = ''] = pair.authorization.split('.')
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { user_id: unknown }
      deepEqual([(await me(accounts, pair)).json()['id'], claims.user_id], [id, foreign])
      const own = await accounts.send(`/auth/users/${foreign}/`, undefined, {
        headers: { authorization: pair.authorization },
      })
      equal(own.status, 200)
    })
  }
})

describe('An address that is changed by djoser', () => {
  const patch = (accounts: Accounts, headers: Record<string, string>, members: object) =>
    accounts.send('/auth/users/me/', members, { method: 'PATCH', headers })
  const wanted = { email: 'countess@example.test' }

  test('is another one only once the new mailbox is proven (PW-28)', async () => {
    await using accounts = await openDjoser()
    const own = await keyOf(accounts)
    const answer = await patch(accounts, own, wanted)
    deepEqual([answer.status, answer.json()['email']], [200, 'ada@example.test'])
    const letters = await accounts.house.letters()
    deepEqual(letters.map(({ kind, to }) => [kind, to]).toSorted(), [
      ['account.changed', 'ada@example.test'],
      ['address.change', 'countess@example.test'],
    ])
    equal((await userById(accounts.house.database, accounts.ada.id))?.email, 'ada@example.test')
  })

  test('needs a proof that is at most ten minutes old, or the current password (SE-09)', async () => {
    await using accounts = await openDjoser()
    const own = await keyOf(accounts)
    accounts.house.runtime.advance(601)
    deepEqual(said(await patch(accounts, own, wanted)), [
      400,
      { current_password: ['This field is required.'] },
    ])
    deepEqual(said(await patch(accounts, own, { ...wanted, current_password: 'wrong' })), [
      400,
      { current_password: ['Invalid password.'] },
    ])
    equal((await accounts.house.letters()).length, 0)
    equal((await patch(accounts, own, { ...wanted, current_password: password })).status, 200)
    equal((await accounts.house.letters()).length, 2)
  })

  test('stays while no mail is sent', async () => {
    await using accounts = await openDjoser({}, { mail: 'closed' })
    const answer = await patch(accounts, await keyOf(accounts), wanted)
    deepEqual([answer.status, Object.keys(answer.json())], [400, ['email']])
  })

  test('that somebody else has is asked for in the same words', async () => {
    await using accounts = await openDjoser()
    const answer = await patch(accounts, await keyOf(accounts), { email: 'grace@example.test' })
    deepEqual([answer.status, answer.json()['email']], [200, 'ada@example.test'])
  })

  test('is a name to sign in with where people sign in by address', async () => {
    await using accounts = await openDjoser({ loginField: 'email' })
    const login = await accounts.send('/auth/token/login/', { email: 'ada@example.test', password })
    const headers = { authorization: `Token ${login.json()['auth_token']}` }
    const members = { current_password: password, new_email: wanted.email }
    equal((await accounts.send('/auth/users/set_email/', members, { headers })).status, 204)
    equal((await userById(accounts.house.database, accounts.ada.id))?.email, 'ada@example.test')
    ok((await accounts.house.letters()).some(({ kind }) => kind === 'address.change'))
  })
})
