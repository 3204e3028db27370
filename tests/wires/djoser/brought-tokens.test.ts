// Tokens that the system before signed, at views that change how somebody signs in: they are proof of a sign-in that
// nobody here has seen, and of one factor.
import { deepEqual, equal } from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { encodeBase64url, importSecretJwk, signJws } from '@countersign/protocol'
import { arm } from '../../../packages/server/src/accounts/factors/factors.fixture.ts'
import { rememberMoved } from '../../../packages/server/src/accounts/users/moved.store.ts'
import { putNumber } from '../../../packages/server/src/accounts/users/numbers.store.ts'
import { me, openDjoser } from './djoser.fixture.ts'

const secret = 'django-insecure-7b&c@k!9w4r$2m_qz^x8p0t#v5n1h6j3'
const folder = mkdtempSync(join(tmpdir(), 'countersign-brought-'))
after(() => rmSync(folder, { recursive: true }))
writeFileSync(join(folder, 'secret'), secret)
const djangoKey = importSecretJwk({ kty: 'oct', k: encodeBase64url(secret) }, 'HS256')

/** Ada, who was brought with the number 7, and what Django signed for her. */
async function openBrought() {
  const accounts = await openDjoser({
    jwt: { signingKeyFile: join(folder, 'secret'), authTokenClasses: ['access', 'sliding'] },
  })
  const { database, runtime } = accounts.house
  const moved = { userId: accounts.ada.id, digest: '', passwordDigest: null, movedAt: runtime.now() }
  await database.commit([
    putNumber(database, 'simplejwt', 7, accounts.ada.id),
    rememberMoved(database, 'django', '7', moved),
  ])
  const byDjango = (type: string): string => {
    const jti = Buffer.from(runtime.secret(16), 'base64url').toString('hex')
    const now = runtime.now()
    return signJws(
      { typ: 'JWT' },
      { token_type: type, exp: now + 3600, refresh_exp: now + 3600, iat: now, jti, user_id: '7' },
      djangoKey,
    )
  }
  const jwt = (token: unknown) => ({ authorization: `JWT ${token}` })
  return Object.assign(accounts, { byDjango, jwt })
}

test('a token of the system before, exchanged just now, is no password typed just now: it moves no address (SE-09, C16)', async () => {
  await using accounts = await openBrought()
  const refreshed = await accounts.send('/auth/jwt/refresh/', { refresh: accounts.byDjango('refresh') })
  equal(refreshed.status, 200, refreshed.body)
  for (const token of [refreshed.json()['access'], accounts.byDjango('access')]) {
    const headers = accounts.jwt(token)
    equal((await me(accounts, headers)).status, 200)
    const changed = await accounts.send(
      '/auth/users/me/',
      { email: 'mallory@evil.example.test' },
      { method: 'PATCH', headers },
    )
    equal(changed.status, 400, changed.body)
    deepEqual(changed.json(), { current_password: ['This field is required.'] })
  }
  deepEqual(await accounts.house.letters(), [])
})

test('tokens of the system before open nothing for who has a second factor here (C12, MF-05)', async () => {
  await using accounts = await openBrought()
  const before = accounts.jwt(accounts.byDjango('access'))
  equal((await me(accounts, before)).status, 200)
  await arm(accounts.house, accounts.ada.id)
  for (const headers of [before, accounts.jwt(accounts.byDjango('sliding'))])
    equal((await me(accounts, headers)).status, 401)
  const refreshed = await accounts.send('/auth/jwt/refresh/', { refresh: accounts.byDjango('refresh') })
  equal(refreshed.status, 401, refreshed.body)
})
