// What an operator can do about a second factor: see that it is there, and take it away. Never read it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { passwordsOf } from '../../packages/server/src/accounts/credentials/passwords.ts'
import { arm } from '../../packages/server/src/accounts/factors/factors.fixture.ts'
import { recoveryCodesOf, totpOf } from '../../packages/server/src/accounts/factors/factors.store.ts'
import { byTotp } from '../../packages/server/src/accounts/sessions/session.ts'
import { sessionsOf } from '../../packages/server/src/accounts/sessions/sessions.store.ts'
import { openSession } from '../../packages/server/src/accounts/sessions/sessions.ts'
import { createUser } from '../../packages/server/src/accounts/users/create-user.ts'
import { openInstallation } from '../harness/installation.ts'

test('countersign user reset-second-factor takes it away, ends the sessions, and shows no secret on the way', async () => {
  await using installation = await openInstallation({ engine: 'sqlite' })
  const { user, armed } = await installation.within(async (platform) => {
    const made = await createUser(platform, passwordsOf(platform), {
      name: 'Ada Lovelace',
      email: 'ada@example.test',
      emailVerified: true,
    })
    assert.ok(made.ok)
    const somebody = made.user
    const codes = await arm(platform, somebody.id)
    const request = { cookies: new Map(), headers: { get: () => undefined }, peer: '192.0.2.1' }
    const opened = await openSession(platform, request, {
      userId: somebody.id,
      authentication: byTotp,
      remember: false,
    })
    assert.ok((await platform.database.commit([opened.writes])).ok)
    return { user: somebody, armed: codes }
  })
  const shown = await installation.countersign('user', 'show', 'ada@example.test')
  assert.match(String(shown['secondFactor']), /^authenticator app since .*, 10 recovery codes left$/)
  for (const secret of armed.recoveryCodes) assert.ok(!JSON.stringify(shown).includes(secret))
  assert.deepEqual(await installation.countersign('user', 'reset-second-factor', 'ada@example.test'), {
    id: user.id,
    secondFactor: null,
  })
  await installation.within(async ({ database, runtime }) => {
    assert.equal(await totpOf(database, user.id), null)
    assert.equal(await recoveryCodesOf(database, user.id), null)
    assert.deepEqual(await sessionsOf(database, runtime.now(), user.id), [])
    const [event] = await database.read(`select detail from events where type = 'second_factor.removed'`, [])
    assert.deepEqual(JSON.parse(String(event?.['detail'])), { factor: 'totp', by: 'an operator' })
  })
  await assert.rejects(
    installation.countersign('user', 'reset-second-factor', 'ada@example.test'),
    /has no second factor/,
  )
})
