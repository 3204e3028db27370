// What the wire of dj-rest-auth must not give away, and what ends what: beyond the words that originals.test.ts compares.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { limitPolicies } from '../../../packages/server/src/accounts/credentials/limit-policies.ts'
import { arm, wrongCode } from '../../../packages/server/src/accounts/factors/factors.fixture.ts'
import { disableUser, userById } from '../../../packages/server/src/accounts/users/users.store.ts'
import { readProfiles } from '../../../packages/server/src/app/profiles.ts'
import type { Finding } from '../../../packages/server/src/app/settings.ts'
import { disableClient } from '../../../packages/server/src/oauth/clients/clients.store.ts'
import type { Answer } from '../../../packages/server/src/platform/house.ts'
import { cookies, newton, openRestAuth, type RestAuthConfig, right } from './dj-rest-auth.fixture.ts'
import { other, password } from './flows.ts'
import { many, said } from './ours.fixture.ts'

describe('Signing out by dj-rest-auth', () => {
  for (const by of ['a refresh token', 'an access token', 'cookies'] as const) {
    test(`by ${by} ends the other tokens of that sign-in too, and no other sign-in`, async () => {
      await using accounts = await openRestAuth({ ...cookies, jwtAuthHttponly: false })
      const elsewhere = (await accounts.send('/dj-rest-auth/login/', right)).json()
      const { access, refresh } = (await accounts.ask('login/', right)).json()
      if (by !== 'cookies') accounts.jar.clear()
      const members = by === 'a refresh token' ? { refresh } : {}
      const headers = by === 'an access token' ? { authorization: `Bearer ${access}` } : {}
      deepEqual(said(await accounts.ask('logout/', members, headers as Record<string, string>)), [
        200,
        { detail: 'Successfully logged out.' },
      ])
      accounts.jar.clear()
      equal((await accounts.ask('user/', undefined, { authorization: `Bearer ${access}` })).status, 401)
      equal((await accounts.ask('token/refresh/', { refresh })).status, 401)
      equal((await accounts.ask('token/refresh/', { refresh: elsewhere['refresh'] })).status, 200)
    })
  }
})

test('of two parts of a name that are changed at once, neither is lost', async () => {
  await using accounts = await openRestAuth()
  const { key } = (await accounts.ask('login/', right)).json()
  const headers = { authorization: `Token ${key}` }
  for (let i = 0; i < 5; i++) {
    const wanted = { first_name: `Augusta${i}`, last_name: `King${i}` }
    const changes = Object.entries(wanted).map(([name, value]) => ({ [name]: value }))
    const answers = await Promise.all(
      changes.map((change) => accounts.ask('user/', change, headers, 'PATCH')),
    )
    deepEqual(
      answers.map(({ status }) => status),
      [200, 200],
    )
    const { first_name, last_name } = (await accounts.ask('user/', undefined, headers)).json()
    deepEqual({ first_name, last_name }, wanted)
    const [row] = await accounts.house.database.read("select name from users where username = 'ada'", [])
    equal(row?.['name'], `Augusta${i} King${i}`)
  }
})

describe('A key of dj-rest-auth', () => {
  const keyOf = async (accounts: Awaited<ReturnType<typeof openRestAuth>>) => ({
    authorization: `Token ${(await accounts.ask('login/', right)).json()['key']}`,
  })

  test('dies with its person, and with the client that stands for all keys', async () => {
    await using accounts = await openRestAuth()
    const { database, runtime } = accounts.house
    const own = await keyOf(accounts)
    equal((await accounts.ask('user/', undefined, own)).status, 200)
    await database.commit([disableClient(database, '~drf-token', runtime.now())])
    equal((await accounts.ask('user/', undefined, own)).status, 401)
    equal((await accounts.ask('login/', right)).status, 400)
    await using others = await openRestAuth()
    const key = await keyOf(others)
    await others.house.database.commit([disableUser(others.house.database, runtime.now(), others.ada.id)])
    equal((await others.ask('user/', undefined, key)).status, 401)
  })

  test('opens nothing of a wire that gives tokens', async () => {
    await using accounts = await openRestAuth({ useJwt: true })
    const { access } = (await accounts.ask('login/', right)).json()
    for (const authorization of [`Token ${'0'.repeat(40)}`, `Token ${access}`, 'Basic YWRhOng=']) {
      const refused = await accounts.ask('user/', undefined, { authorization })
      deepEqual([refused.status, refused.header('www-authenticate')], [401, 'Bearer realm="api"'])
    }
  })

  test('changes a password with the old one alone, and goes on while every other ends (PW-06, SE-07)', async () => {
    await using accounts = await openRestAuth()
    const [own, another] = [await keyOf(accounts), await keyOf(accounts)]
    const wanted = { new_password1: other, new_password2: other }
    deepEqual(said(await accounts.ask('password/change/', wanted, own)), [
      400,
      { old_password: ['This field is required.'] },
    ])
    const members = { ...wanted, old_password: password }
    const statuses = (await many(5, () => accounts.ask('password/change/', members, own))).map(
      ({ status }) => status,
    )
    equal(statuses.filter((status) => status === 200).length, 1)
    equal((await accounts.ask('user/', undefined, own)).status, 200)
    equal((await accounts.ask('user/', undefined, another)).status, 401)
    equal((await accounts.ask('login/', { ...right, password: other })).status, 200)
  })

  test('changes it without where that danger is stated, which no server in production may', async () => {
    await using accounts = await openRestAuth({ dangerChangeWithoutOldPassword: true })
    const members = { new_password1: other, new_password2: other }
    equal((await accounts.ask('password/change/', members, await keyOf(accounts))).status, 200)
    equal((await accounts.ask('login/', { ...right, password: other })).status, 200)
  })
})

describe('Somebody who registers by dj-rest-auth', () => {
  test('is in at once, and proves the address when they like', async () => {
    await using accounts = await openRestAuth()
    const answer = await accounts.ask('registration/', { ...newton, is_superuser: true })
    deepEqual([answer.status, Object.keys(answer.json())], [201, ['key']])
    const own = { authorization: `Token ${answer.json()['key']}` }
    equal((await accounts.ask('user/', undefined, own)).json()['username'], 'newton')
    const { token: key } = await accounts.lastLink()
    const statuses = (await many(10, () => accounts.ask('registration/verify-email/', { key }))).map(
      ({ status }) => status,
    )
    deepEqual(statuses.toSorted(), [200, ...Array(9).fill(404)])
  })

  test('gets no letter where none is wanted', async () => {
    await using accounts = await openRestAuth({ accountEmailVerification: 'none' })
    await accounts.ask('registration/', newton)
    deepEqual(await accounts.house.letters(), [])
  })

  test('has cookies and no refresh token in the body where tokens are kept from scripts', async () => {
    await using accounts = await openRestAuth(cookies)
    const answer = await accounts.ask('registration/', newton)
    deepEqual([answer.status, answer.json()['refresh']], [201, ''])
    equal((await accounts.ask('user/')).json()['username'], 'newton')
  })

  test('is not in before the address is proven where that is mandatory, and hears so after the right password alone', async () => {
    await using accounts = await openRestAuth({ accountEmailVerification: 'mandatory' })
    deepEqual(said(await accounts.ask('registration/', newton)), [
      201,
      { detail: 'Verification e-mail sent.' },
    ])
    const login = (own: string) => accounts.ask('login/', { username: 'newton', password: own })
    deepEqual((await login(password)).json(), { non_field_errors: ['E-mail is not verified.'] })
    deepEqual((await login('wrong')).json(), {
      non_field_errors: ['Unable to log in with provided credentials.'],
    })
    const { token: key } = await accounts.lastLink()
    equal((await accounts.ask('registration/verify-email/', { key })).status, 200)
    equal((await login(password)).status, 200)
  })

  test('PW-18, MF-01: is not locked out by the right password for that, and a code of theirs is used up', async () => {
    await using accounts = await openRestAuth({ accountEmailVerification: 'mandatory' }, { limited: true })
    await accounts.ask('registration/', newton)
    const [row] = await accounts.house.database.read("select id from users where username = 'newton'", [])
    const unproven = { non_field_errors: ['E-mail is not verified.'] }
    const login = async (more: object = {}) =>
      (await accounts.ask('login/', { username: 'newton', password, ...more })).json()
    for (let tries = 0; tries < 12; tries += 1) deepEqual(await login(), unproven)
    const armed = await arm(accounts.house, String(row?.['id']))
    const otp = armed.code()
    deepEqual(await login({ otp }), unproven)
    equal((await login({ otp }))['code'], 'second_factor_invalid')
  })

  test('is refused where sign-up is closed, and limited with everybody of their network', async () => {
    await using closed = await openRestAuth({}, { signUpOpen: false })
    equal((await closed.ask('registration/', newton)).status, 403)
    await using accounts = await openRestAuth({}, { limited: true })
    const answers: Answer[] = []
    for (let tries = 0; tries <= limitPolicies.signUps.burst; tries += 1) {
      answers.push(await accounts.ask('registration/', { ...newton, username: 'ada' }))
    }
    deepEqual([answers[0]?.status, answers.at(-1)?.status], [400, 429])
  })

  test('takes another user name, but nobody else’s', async () => {
    await using accounts = await openRestAuth()
    const { key } = (await accounts.ask('registration/', newton)).json()
    const own = { authorization: `Token ${key}` }
    const rename = (username: string) => accounts.ask('user/', { username }, own, 'PATCH')
    deepEqual(said(await rename('grace')), [400, { username: ['A user with that username already exists.'] }])
    equal((await rename('isaac')).json()['username'], 'isaac')
    equal((await rename('isaac')).status, 200)
    equal((await accounts.ask('login/', { username: 'isaac', password })).status, 200)
  })
})

describe('A password that is reset by dj-rest-auth', () => {
  test('is asked for in one way for anybody, and is another one once (PW-20, C15, C26)', async () => {
    await using accounts = await openRestAuth()
    const { key } = (await accounts.ask('login/', right)).json()
    const [somebody, nobody] = [
      await accounts.ask('password/reset/', { email: 'ada@example.test' }),
      await accounts.ask('password/reset/', { email: 'nobody@example.test' }),
    ]
    deepEqual(said(somebody), said(nobody))
    equal((await accounts.house.letters()).length, 1)
    const link = await accounts.lastLink()
    const members = { ...link, new_password1: other, new_password2: other }
    const statuses = (await many(10, () => accounts.ask('password/reset/confirm/', members))).map(
      ({ status }) => status,
    )
    equal(statuses.filter((status) => status === 200).length, 1)
    equal((await accounts.ask('user/', undefined, { authorization: `Token ${key}` })).status, 401)
    equal((await accounts.ask('login/', { ...right, password: other })).status, 200)
  })
})

describe('A second factor at dj-rest-auth', () => {
  test('is asked for beside the password, unless the front end speaks of two steps (C12)', async () => {
    await using accounts = await openRestAuth()
    const armed = await arm(accounts.house, accounts.ada.id)
    const lacking = await accounts.ask('login/', right)
    deepEqual([lacking.status, lacking.json()['code']], [400, 'second_factor_required'])
    equal((await accounts.ask('login/', { ...right, otp: armed.code() })).status, 200)
    equal((await accounts.ask('mfa/verify/', {})).status, 404)
  })

  test('is a second step where the front end speaks of two', async () => {
    await using accounts = await openRestAuth({ mfa: true })
    const armed = await arm(accounts.house, accounts.ada.id)
    const first = await accounts.ask('login/', right)
    deepEqual([first.status, Object.keys(first.json())], [200, ['ephemeral_token', 'mfa_required']])
    const token = first.json()['ephemeral_token']
    const verify = (code: string, ephemeral: unknown = token) =>
      accounts.ask('mfa/verify/', { ephemeral_token: ephemeral, code })
    deepEqual(said(await verify(wrongCode(armed))), [400, { code: ['Invalid code.'] }])
    deepEqual(said(await verify(armed.code(), 'x')), [
      400,
      { ephemeral_token: ['Invalid or expired token.'] },
    ])
    const statuses = (await many(10, () => verify(armed.code()))).map(({ status }) => status)
    equal(statuses.filter((status) => status === 200).length, 1)
    const [recovery = ''] = armed.recoveryCodes
    const second = await verify(recovery)
    equal(second.status, 200)
    const own = { authorization: `Token ${second.json()['key']}` }
    equal((await accounts.ask('user/', undefined, own)).status, 200)
    deepEqual(Object.keys((await accounts.ask('login/', { username: 'grace', password })).json()), ['key'])
  })

  test('is not proven with a first step that is five minutes old, of another password, or somebody who is out', async () => {
    await using accounts = await openRestAuth({ mfa: true })
    const { database, runtime } = accounts.house
    const armed = await arm(accounts.house, accounts.ada.id)
    const step = async () => (await accounts.ask('login/', right)).json()['ephemeral_token']
    const verify = async (token: unknown) => {
      const answer = await accounts.ask('mfa/verify/', { ephemeral_token: token, code: armed.code() })
      return answer.status === 200 ? 'in' : Object.keys(answer.json())[0]
    }
    const old = await step()
    runtime.advance(300)
    equal(await verify(old), 'ephemeral_token')
    const before = await step()
    await accounts.ask('password/reset/', { email: 'ada@example.test' })
    const link = await accounts.lastLink()
    await accounts.ask('password/reset/confirm/', { ...link, new_password1: other, new_password2: other })
    equal(await verify(before), 'ephemeral_token')
    const { ephemeral_token: fresh } = (await accounts.ask('login/', { ...right, password: other })).json()
    await database.commit([disableUser(database, runtime.now(), accounts.ada.id)])
    equal(await verify(fresh), 'ephemeral_token')
  })

  test('is not guessed in the second step (C13)', async () => {
    await using accounts = await openRestAuth({ mfa: true }, { limited: true })
    const armed = await arm(accounts.house, accounts.ada.id)
    const token = (await accounts.ask('login/', right)).json()['ephemeral_token']
    const statuses: number[] = []
    for (let tries = 0; tries < 12; tries += 1) {
      const members = { ephemeral_token: token, code: wrongCode(armed) }
      statuses.push((await accounts.ask('mfa/verify/', members)).status)
    }
    deepEqual([statuses[0], statuses.at(-1)], [400, 429])
  })
})

describe('What dj-rest-auth takes nowhere here', () => {
  for (const members of [{ access_token: 'x' }, { code: 'x' }, { id_token: 'x' }]) {
    test(`${Object.keys(members)[0]} of another provider is refused, with the reason (C18)`, async () => {
      await using accounts = await openRestAuth()
      const answer = await accounts.ask('google/', members)
      equal(answer.status, 400)
      match(String(answer.json()['non_field_errors']), /on its own sign-in page/)
    })
  }

  const findingsOf = (settings: RestAuthConfig) => {
    const findings: Finding[] = []
    readProfiles({ 'dj-rest-auth': settings }, 'production', findings)
    return findings.map(({ message }) => message).join(' ')
  }
  for (const [settings, says] of [
    [{ sessionLogin: true }, /begins on the sign-in page/],
    [{ accountLogoutOnGet: true }, /let any page sign people out/],
    [{ jwtAuthSecure: false }, /cookies are Secure/],
    [{ oldPasswordFieldEnabled: false }, /dangerChangeWithoutOldPassword/],
    [{ accountEmailVerification: 'mandatory' }, /must have an accountConfirmEmailUrl/],
    [{ useJwt: true, jwt: false }, /useJwt on and jwt off/],
    [{ jwtAuthCookie: 'a b' }, /name of a cookie/],
    [{ jwtAuthCookie: 'sid' }, /is a cookie of this server/],
    [
      { jwtAuthSamesite: 'None', jwtAuthCookie: 'a', useJwt: true, jwtAuthCookieDomain: 'x;y' },
      /must be a domain/,
    ],
    [{ dangerChangeWithoutOldPassword: true }, /in production/],
  ] as const) {
    test(`${JSON.stringify(settings)} is refused, with the reason`, () =>
      match(findingsOf(settings as unknown as RestAuthConfig), says))
  }

  test('a token that is somebody else’s cookie is no proof of who somebody is', async () => {
    await using accounts = await openRestAuth(cookies)
    for (const cookie of ['access=', 'access=x', 'access=a; access=b', 'refresh=x']) {
      const refused = await accounts.ask('user/', undefined, { cookie })
      equal(refused.status, 401)
    }
    ok((await userById(accounts.house.database, accounts.ada.id)) !== null)
  })
})
