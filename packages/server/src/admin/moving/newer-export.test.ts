// A house is tried at its new place before it moves, while people go on at the old one: what they ended, spent and proved
// there meanwhile counts when a newer export comes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { noLimits, openPeople } from '../../accounts/people.fixture.ts'
import { authorizeUrl, bank, type OAuthHouse, received, refresh } from '../../oauth/house.ts'
import { type House, openHouse } from '../../platform/house.ts'
import {
  bring,
  browserWith,
  everyScope,
  linesOf,
  openNewHouse,
  openOldHouse,
} from './house-that-moves.fixture.ts'

async function exported(from: House) {
  const people = await openPeople({ house: from, limits: noLimits })
  const { old, belongings } = await openOldHouse(from, people.passwords)
  return { old, belongings, lines: await linesOf(from) }
}

const pass = (houses: readonly House[], seconds: number) => {
  for (const { runtime } of houses) runtime.advance(seconds)
}

const run = (house: House, sql: string) => house.database.commit([{ sql, parameters: [] }])
const use = (house: OAuthHouse, token: unknown) => refresh(house.visitor(), token, { resource: bank })
const silently = authorizeUrl({ scope: everyScope, prompt: 'none' })

onBothEngines('A newer export', (open) => {
  test('C10: ends here what was ended there, however long ago', async () => {
    for (const end of [
      'sessions set ended_at',
      `families set revoked_because = 'consent withdrawn', revoked_at`,
    ]) {
      const { old, belongings, lines } = await exported(await openHouse())
      const to = await openNewHouse(await open())
      await bring(to, lines)
      await run(old, `update ${end} = ${old.runtime.now()}`)
      pass([old, to], 3 * 86_400)
      await bring(to, await linesOf(old))
      assert.equal((await use(to, belongings.refreshToken)).status, 400, end)
    }
  })

  test('C9 (DOT #1617): spends here what was spent there, and goes on with what came after', async () => {
    const { old, belongings, lines } = await exported(await openHouse())
    const to = await openNewHouse(await open())
    await bring(to, lines)
    const second = (await use(old, belongings.refreshToken)).json()['refresh_token']
    const third = (await use(old, second)).json()['refresh_token']
    const newer = await linesOf(old)
    await bring(to, newer)
    await bring(to, newer)
    assert.equal(
      (await use(to, second)).json()['refresh_token'],
      third,
      'the reply was lost as the server moved',
    )
    const next = await use(to, third)
    assert.equal(next.status, 200, next.body)
    assert.equal((await use(to, belongings.refreshToken)).status, 400)
    assert.equal((await use(to, next.json()['refresh_token'])).status, 400, 'its family has ended')
  })

  test('C9: leaves a line alone that went another way here', async () => {
    const { old, belongings, lines } = await exported(await openHouse())
    const to = await openNewHouse(await open())
    await bring(to, lines)
    const here = (await use(to, belongings.refreshToken)).json()['refresh_token']
    const there = (await use(old, belongings.refreshToken)).json()['refresh_token']
    await bring(to, await linesOf(old))
    assert.equal((await use(to, there)).status, 400)
    assert.equal((await use(to, here)).status, 200)
  })

  test('C19: opens a session by what its browser holds by now, and by nothing that it held before', async () => {
    const { old, belongings, lines } = await exported(await openHouse())
    const to = await openNewHouse(await open())
    await bring(to, lines)
    pass([old, to], 600)
    const held = browserWith(old, belongings.browser)
    assert.ok(received(await held.visit(silently)).has('code'))
    const newer = (await linesOf(old)).map((line) =>
      line.startsWith('{"kind":"session"') ? line.replace(/"digest":"..../, '"digest":"anew') : line,
    )
    pass([old, to], 1)
    await bring(to, newer)
    const back = received(await browserWith(to, belongings.browser).visit(silently))
    assert.equal(back.get('error'), 'login_required')
    const rows = await to.database.read(`select id from sessions where digest like 'anew%'`, [])
    assert.ok(rows.length > 0)
  })

  test('RT-03: a clock that was ahead there makes no grace longer here', async () => {
    const { belongings, lines } = await exported(await openHouse())
    const to = await openNewHouse(await open())
    const ahead = lines.map((line) =>
      line.startsWith('{"kind":"grant"')
        ? line.replaceAll(/"createdAt":(\d+)/g, (_, at: string) => `"createdAt":${Number(at) + 3600}`)
        : line,
    )
    await bring(to, ahead)
    pass([to], 31)
    assert.equal((await use(to, belongings.spentToken)).status, 400)
  })
})
