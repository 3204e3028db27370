// Second factors and settings of djoser.
import { deepEqual, equal, match } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { arm, wrongCode } from '../../../packages/server/src/accounts/factors/factors.fixture.ts'
import { readProfiles } from '../../../packages/server/src/app/profiles.ts'
import type { Finding } from '../../../packages/server/src/app/settings.ts'
import { keyOf, openDjoser } from './djoser.fixture.ts'
import { password } from './flows.ts'
import { addPeople, openAccounts } from './ours.fixture.ts'

describe('Somebody with a second factor', () => {
  test('comes in by key or token with a code of it alone (C12)', async () => {
    await using accounts = await openDjoser()
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

  test('moves their address and deletes their account with a code beside the password, and with no key alone (MF-06, SE-09)', async () => {
    await using accounts = await openDjoser()
    const early = await keyOf(accounts)
    const armed = await arm(accounts.house, accounts.ada.id)
    const email = 'ada@elsewhere.example.test'
    const move = (more: object, headers = early) =>
      accounts.send('/auth/users/me/', { email, ...more }, { method: 'PATCH', headers })
    equal((await move({})).status, 400)
    const remove = (more: object) =>
      accounts.send(
        '/auth/users/me/',
        { current_password: password, ...more },
        { method: 'DELETE', headers: early },
      )
    for (const ask of [(more: object) => move({ current_password: password, ...more }), remove]) {
      const [lacking, wrong] = [await ask({}), await ask({ otp: wrongCode(armed) })]
      deepEqual([lacking.status, lacking.json()['code']], [400, 'second_factor_required'])
      deepEqual([wrong.status, wrong.json()['code']], [400, 'second_factor_invalid'])
    }
    deepEqual(await accounts.house.letters(), [])
    const otp = armed.code()
    equal((await move({ current_password: password, otp })).status, 200)
    equal((await accounts.house.letters()).length, 2)
    equal((await move({ current_password: password, otp })).status, 400)
    accounts.house.runtime.advance(30)
    const both = { username: 'ada', password, otp: armed.code() }
    const key = (await accounts.send('/auth/token/login/', both)).json()['auth_token']
    equal((await move({}, { authorization: `Token ${key}` })).status, 200)
    accounts.house.runtime.advance(30)
    equal((await remove({ otp: armed.code() })).status, 204)
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
    await using accounts = await openDjoser({ base: ['/auth/', '/api/v1/'] })
    for (const path of ['/auth/token/login/', '/api/v1/token/login', '/api/v1/token/login/']) {
      equal((await accounts.send(path, { username: 'ada', password })).status, 200)
    }
    equal((await accounts.send('/api/v1/jwt/create', { username: 'ada', password })).status, 200)
  })

  test('leave out keys or tokens, and then take none', async () => {
    await using keys = await openDjoser({ jwt: false })
    equal((await keys.send('/auth/jwt/create/', { username: 'ada', password })).status, 404)
    await using tokens = await openDjoser({ token: false })
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
