// What the wire of djoser must not give away, and what ends what: beyond the words that originals.test.ts compares.
import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { limitPolicies } from '../../../packages/server/src/accounts/credentials/limit-policies.ts'
import { arm, wrongCode } from '../../../packages/server/src/accounts/factors/factors.fixture.ts'
import { rememberMoved } from '../../../packages/server/src/accounts/users/moved.store.ts'
import { userById } from '../../../packages/server/src/accounts/users/users.store.ts'
import { readProfiles } from '../../../packages/server/src/app/profiles.ts'
import type { Finding } from '../../../packages/server/src/app/settings.ts'
import type { Answer } from '../../../packages/server/src/platform/house.ts'
import { other, password } from './flows.ts'
import { type Accounts, addPeople, links, openAccounts } from './ours.fixture.ts'

type DjoserConfig = NonNullable<Parameters<typeof openAccounts>[0]['djoser']>

async function open(
  settings: Exclude<DjoserConfig, boolean> = {},
  options: Parameters<typeof openAccounts>[1] = {},
) {
  const accounts = await openAccounts(
    { djoser: { ...links.djoser, ...settings }, 'dj-rest-auth': false },
    options,
  )
  return Object.assign(accounts, await addPeople(accounts))
}

const newton = { username: 'newton', email: 'newton@example.test', password }
const keyOf = async (accounts: Accounts, username = 'ada') => {
  const answer = await accounts.send('/auth/token/login/', { username, password })
  return { authorization: `Token ${answer.json()['auth_token']}` }
}
const pairOf = async (accounts: Accounts) => {
  const { access, refresh } = (await accounts.send('/auth/jwt/create/', { username: 'ada', password })).json()
  return { authorization: `JWT ${access}`, refresh }
}
const me = (accounts: Accounts, headers: { readonly authorization: string }) =>
  accounts.send('/auth/users/me/', undefined, { headers: { authorization: headers.authorization } })
const said = (answer: Answer) => [answer.status, answer.json()]
const many = <T>(count: number, ask: () => Promise<T>) => Promise.all(Array.from({ length: count }, ask))

describe('Signing up by djoser', () => {
  test('makes an account with an address that nobody has proven, and signs nobody in', async () => {
    await using accounts = await open()
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

  test('is refused where sign-up is closed', async () => {
    await using accounts = await open({}, { signUpOpen: false })
    deepEqual(said(await accounts.send('/auth/users/', newton)), [
      403,
      { detail: 'You do not have permission to perform this action.' },
    ])
  })

  test('is limited by network, refusals counted, in the framework’s own shape (PW-10)', async () => {
    await using accounts = await open({}, { limited: true })
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
    await using accounts = await open()
    const before = accounts.hashes()
    equal((await accounts.send('/auth/users/', { username: 'ada', password })).status, 400)
    const taken = accounts.hashes() - before
    equal((await accounts.send('/auth/users/', newton)).status, 201)
    equal(accounts.hashes() - before - taken, taken)
  })

  test('of twenty at once with one name, one has it', async () => {
    await using accounts = await open()
    const statuses = (await many(20, () => accounts.send('/auth/users/', newton))).map(({ status }) => status)
    equal(statuses.filter((status) => status === 201).length, 1)
    // The others found it taken, or no slot to hash in.
    ok(statuses.every((status) => [201, 400, 503].includes(status)))
  })

  test('takes a user name that is an address for the address', async () => {
    await using accounts = await open()
    const { email } = newton
    const answer = await accounts.send('/auth/users/', { username: email, email, password })
    deepEqual([answer.status, answer.json()['username'], answer.json()['email']], [201, email, email])
    equal((await accounts.send('/auth/token/login/', { username: email, password })).status, 200)
    const two = await accounts.send('/auth/users/', { username: 'other@example.test', email, password })
    deepEqual(Object.keys(two.json()), ['username'])
  })

  test('takes and shows the fields that are stated, and insists on those that are required', async () => {
    await using accounts = await open({
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
      await using accounts = await open({ logoutOnPasswordChange: ends })
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
    await using accounts = await open()
    const own = await keyOf(accounts)
    const statuses = (await many(10, () => change(accounts, own))).map(({ status }) => status)
    deepEqual(statuses.filter((status) => status === 204).length, 1)
    ok(statuses.every((status) => status === 204 || status === 400 || status === 401))
  })

  test('is not guessed by whoever holds a key (C14)', async () => {
    await using accounts = await open({}, { limited: true })
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
    await using accounts = await open({}, { limited: true })
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
    await using accounts = await open()
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
    await using accounts = await open()
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

describe('An address that is changed by djoser', () => {
  const patch = (accounts: Accounts, headers: Record<string, string>, members: object) =>
    accounts.send('/auth/users/me/', members, { method: 'PATCH', headers })
  const wanted = { email: 'countess@example.test' }

  test('is another one only once the new mailbox is proven (PW-28)', async () => {
    await using accounts = await open()
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
    await using accounts = await open()
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
    await using accounts = await open({}, { mail: 'closed' })
    const answer = await patch(accounts, await keyOf(accounts), wanted)
    deepEqual([answer.status, Object.keys(answer.json())], [400, ['email']])
  })

  test('that somebody else has is asked for in the same words', async () => {
    await using accounts = await open()
    const answer = await patch(accounts, await keyOf(accounts), { email: 'grace@example.test' })
    deepEqual([answer.status, answer.json()['email']], [200, 'ada@example.test'])
  })

  test('is a name to sign in with where people sign in by address', async () => {
    await using accounts = await open({ loginField: 'email' })
    const login = await accounts.send('/auth/token/login/', { email: 'ada@example.test', password })
    const headers = { authorization: `Token ${login.json()['auth_token']}` }
    const members = { current_password: password, new_email: wanted.email }
    equal((await accounts.send('/auth/users/set_email/', members, { headers })).status, 204)
    equal((await userById(accounts.house.database, accounts.ada.id))?.email, 'ada@example.test')
    ok((await accounts.house.letters()).some(({ kind }) => kind === 'address.change'))
  })
})

describe('Activation by djoser', () => {
  const settings = { sendActivationEmail: true } as const
  const activate = (accounts: Accounts, members: object) => accounts.send('/auth/users/activation/', members)
  const canCome = async (accounts: Accounts, username: string) => [
    (await accounts.send('/auth/token/login/', { username, password })).status,
    (await accounts.send('/auth/jwt/create/', { username, password })).status,
  ]

  test('lets nobody in before, by key or token, in the words for a wrong password', async () => {
    await using accounts = await open(settings)
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
    await using accounts = await open(settings)
    await accounts.send('/auth/users/', newton)
    const link = await accounts.lastLink()
    const statuses = (await many(20, () => activate(accounts, link))).map(({ status }) => status)
    equal(statuses.filter((status) => status === 204).length, 1)
    ok(statuses.every((status) => [204, 400, 403].includes(status)))
    deepEqual(said(await activate(accounts, link)), [403, { detail: 'Stale token for given user.' }])
  })

  test('is refused where the link is one person’s and the uid another’s, and uses nothing up', async () => {
    await using accounts = await open(settings)
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
    await using accounts = await open(settings)
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

  test('is not asked of those who were brought from a system where they were active', async () => {
    await using accounts = await open(settings)
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
    await using accounts = await open()
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
    await using accounts = await open()
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
    await using accounts = await open()
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
    await using accounts = await open()
    await accounts.send('/auth/users/reset_username/', { email: 'ada@example.test' })
    const link = await accounts.lastLink()
    equal((await confirm(accounts, link)).status, 400)
    const rename = { ...link, new_username: 'countess' }
    equal((await accounts.send('/auth/users/reset_username_confirm/', rename)).status, 204)
    equal((await accounts.send('/auth/token/login/', { username: 'countess', password })).status, 200)
  })
})

describe('Somebody with a second factor', () => {
  test('comes in by key or token with a code of it alone (C12)', async () => {
    await using accounts = await open()
    const armed = await arm(accounts.house, accounts.ada.id)
    const login = (path: string, more: object) =>
      accounts.send(`/auth/${path}/`, { username: 'ada', password, ...more })
    for (const [path, status] of [
      ['token/login', 400],
      ['jwt/create', 401],
    ] as const) {
      const [lacking, wrong] = [await login(path, {}), await login(path, { otp: wrongCode(armed) })]
      deepEqual([lacking.status, lacking.json()['code']], [status, 'second_factor_required'])
      deepEqual([wrong.status, wrong.json()['code']], [status, 'second_factor_invalid'])
      equal((await login(path, { otp: armed.code() })).status, 200)
      equal((await login(path, { otp: armed.code() })).status, status)
      accounts.house.runtime.advance(30)
    }
  })
})

describe('The settings of djoser', () => {
  const findingsOf = (djoser: unknown) => {
    const findings: Finding[] = []
    readProfiles({ djoser }, 'production', findings)
    return findings.map(({ message }) => message).join(' ')
  }

  for (const [settings, says] of [
    [{ hideUsers: false }, /hideUsers” can’t be turned off/],
    [{ passwordResetShowEmailNotFound: true }, /would tell anybody who has an account/],
    [{ usernameResetShowEmailNotFound: true }, /would tell anybody who has an account/],
    [{ createSessionOnLogin: true }, /begins on the sign-in page/],
    [{ token: false, jwt: false }, /nobody could come in/],
    [{ sendActivationEmail: true }, /must have an activationUrl/],
    [{ activationUrl: 'http://app.example.com/{uid}/{token}' }, /must be an https address/],
    [{ activationUrl: 'https://app.example.com/{uid}' }, /\{uid\} and \{token\}/],
    [{ passwordResetConfirmUrl: 'reset/{uid}/{token}' }, /must be an https address/],
    [{ passwordResetConfirmUrl: 'javascript://%0a/{uid}/{token}' }, /must be an https address/],
    [{ requiredFields: ['name'] }, /not among its fields/],
    [{ jwt: { paths: {} } }, /has no paths/],
    [{ jwt: { accessTokenLifetime: 0 } }, /djoser/],
    [{ base: ['auth'] }, /djoser/],
    [{ LOGIN_FIELD: 'email' }, /djoser/],
  ] as const) {
    test(`${JSON.stringify(settings)} is refused, with the reason`, () => match(findingsOf(settings), says))
  }

  test('put its views below several bases, with the slash and without it', async () => {
    await using accounts = await open({ base: ['/auth/', '/api/v1/'] })
    for (const path of ['/auth/token/login/', '/api/v1/token/login', '/api/v1/token/login/']) {
      equal((await accounts.send(path, { username: 'ada', password })).status, 200)
    }
    equal((await accounts.send('/api/v1/jwt/create', { username: 'ada', password })).status, 200)
  })

  test('leave out keys or tokens, and then take none', async () => {
    await using keys = await open({ jwt: false })
    equal((await keys.send('/auth/jwt/create/', { username: 'ada', password })).status, 404)
    await using tokens = await open({ token: false })
    equal((await tokens.send('/auth/token/login/', { username: 'ada', password })).status, 404)
    const refused = await tokens.send('/auth/users/me/', undefined, { headers: { authorization: 'Token x' } })
    deepEqual([refused.status, refused.header('www-authenticate')], [401, 'JWT realm="api"'])
  })

  test('give tokens of their own, and those of simplejwt where they say true', async () => {
    const config = { simplejwt: { accessTokenLifetime: 77 }, 'dj-rest-auth': false } as const
    const lifetime = async (jwt: true | { accessTokenLifetime: number }) => {
      await using accounts = await openAccounts({ ...config, djoser: { jwt } })
      await addPeople(accounts)
      const { access } = (await accounts.send('/auth/jwt/create/', { username: 'ada', password })).json()
      const claims = JSON.parse(Buffer.from(String(access).split('.')[1] ?? '', 'base64url').toString())
      return claims.exp - claims.iat
    }
    deepEqual([await lifetime(true), await lifetime({ accessTokenLifetime: 55 })], [77, 55])
  })

  test('leave a path to the wire that names it itself', async () => {
    const paths = { obtain: ['/auth/jwt/create/'] }
    await using accounts = await openAccounts({
      simplejwt: { paths, usernameField: 'email' },
      djoser: true,
      'dj-rest-auth': false,
    })
    await addPeople(accounts)
    equal((await accounts.send('/auth/jwt/create/', { email: 'ada@example.test', password })).status, 200)
  })
})
