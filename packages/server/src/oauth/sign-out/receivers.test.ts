// Clients that don't behave, and addresses that are none of a client's.
import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { after, test } from 'node:test'
import { endAllSessions } from '../../accounts/sessions/sessions.store.ts'
import { openHouse } from '../../platform/house.ts'
import { createClient } from '../clients/registration.ts'
import { ada, claimsIn, grace, openOAuthHouse, secret } from '../house.ts'
import { changeChannels } from './change.ts'
import { signOutMessenger } from './messenger.ts'
import {
  type Behaviour,
  backChannel,
  into,
  listener,
  openReceiver,
  type Receiver,
  status,
  told,
} from './sign-out.fixture.ts'

const closing: (() => Promise<void>)[] = []
after(async () => {
  for (const close of closing) await close()
})

async function receiver(): Promise<Receiver> {
  const opened = await openReceiver()
  closing.push(opened.close)
  return opened
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  const end = performance.now() + 60_000
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`Waited too long until ${what}.`)
    await new Promise((resume) => setTimeout(resume, 10))
  }
}

async function scene() {
  const house = await openOAuthHouse()
  closing.push(house.close)
  return {
    house,
    end: (user = ada) =>
      house.database.commit([endAllSessions(house.database, house.runtime.now(), user.id)]),
  }
}

const endless: Behaviour = (response) => {
  response.writeHead(200)
  const piece = 'x'.repeat(16 * 1024)
  const pour = (): void => {
    while (!response.destroyed && response.write(piece));
  }
  response.on('drain', pour)
  response.on('error', () => {})
  pour()
}

const faults: Record<string, { behaviour: Behaviour; because: string }> = {
  'one that sends us elsewhere': {
    behaviour: status(307, { location: 'http://127.0.0.1:9/elsewhere' }),
    because: 'redirect_refused',
  },
  'one that answers without end': { behaviour: endless, because: 'too_large' },
  'one that never answers': { behaviour: () => {}, because: 'timeout' },
  'one that hangs up': { behaviour: (response) => void response.destroy(), because: 'unreachable' },
  'one that says yes in its own way': { behaviour: status(202), because: 'status 202' },
  'one that can’t be found any more': { behaviour: status(404), because: 'status 404' },
}

for (const [name, { behaviour, because }] of Object.entries(faults))
  test(`a client's endpoint, ${name}, has not been told, is asked again, and is told when it mends`, async () => {
    const attempt = async (timeoutMs: number) => {
      const { house, end } = await scene()
      const one = await receiver()
      await listener(house, 'one', backChannel(one))
      await into(house, 'one')
      await end()
      one.behave(behaviour)
      await signOutMessenger(house.room, { timeoutMs }).deliver()
      return { house, one }
    }
    let { house, one } = await attempt(because === 'timeout' ? 300 : 60_000)
    // A process that stood still gave up before it had asked.
    if (because === 'timeout' && one.heard.length === 0) ({ house, one } = await attempt(10_000))
    const patient = signOutMessenger(house.room, { timeoutMs: 60_000 })
    assert.deepEqual([one.heard.length, await told(house)], [1, []])
    assert.ok(house.logged.some((line) => line.includes(`"because":"${because}"`)))
    one.behave(status(200))
    house.runtime.advance(10)
    await patient.deliver()
    assert.deepEqual(await told(house), [
      { type: 'sign_out.delivered', client: 'one', detail: { attempts: 2 } },
    ])
  })

test('a redirect is not followed', async () => {
  const { house, end } = await scene()
  const [one, elsewhere] = [await receiver(), await receiver()]
  await listener(house, 'one', backChannel(one))
  await into(house, 'one')
  await end()
  for (const code of [301, 302, 303, 307, 308]) {
    one.behave(status(code, { location: elsewhere.uri }))
    await signOutMessenger(house.room).deliver()
    house.runtime.advance(3600)
  }
  assert.deepEqual(elsewhere.seen, [])
})

test('a client that hangs keeps no other from being told, however much it is to be told itself', async () => {
  const { house, end } = await scene()
  const [slow, quick] = [await receiver(), await receiver()]
  await listener(house, 'slow', backChannel(slow))
  await listener(house, 'quick', backChannel(quick))
  const held: ServerResponse[] = []
  slow.behave((response) => void held.push(response))
  for (let times = 0; times < 12; times++) await into(house, 'slow')
  await end()
  house.runtime.advance(1)
  await into(house, 'quick', { user: grace })
  await end(grace)
  const delivering = signOutMessenger(house.room, { timeoutMs: 60_000 }).deliver()
  await until('both were asked', () => quick.heard.length > 0 && slow.heard.length >= 4)
  assert.equal(quick.heard.length, 1)
  assert.equal(slow.heard.length, 4)
  slow.behave(status(200))
  for (const response of held) response.writeHead(200).end()
  await delivering
})

test('it tells by itself once it has begun, and what is under way when it ends is finished', async () => {
  const { house, end } = await scene()
  const one = await receiver()
  await listener(house, 'one', backChannel(one))
  await into(house, 'one')
  const stop = signOutMessenger(house.room).begin()
  await end()
  await until('it was told', () => one.heard.length > 0)
  await into(house, 'one')
  await end()
  one.behave((response) => void setTimeout(() => response.writeHead(200).end(), 200))
  await stop()
  assert.equal(one.heard.length, 2)
  assert.equal((await told(house)).length, 2)
})

test('nobody waits for a client in order to sign out', async () => {
  const { house } = await scene()
  const one = await receiver()
  const held: ServerResponse[] = []
  one.behave((response) => void held.push(response))
  await listener(house, 'one', backChannel(one))
  const browser = await house.signedIn()
  const { tokens } = await into(house, 'one', { browser })
  const stop = signOutMessenger(house.room, { timeoutMs: 20_000 }).begin()
  const gone = await browser.visit(`/oauth/logout?id_token_hint=${String(tokens['id_token'])}`)
  assert.equal(gone.status, 303)
  await until('it is asked', () => held.length > 0)
  // Who had waited would have waited until this was given up.
  assert.deepEqual([one.heard.length, held[0]?.destroyed, await told(house)], [1, false, []])
  held[0]?.writeHead(200).end()
  await stop()
})

test('what is to be told is told to nobody while the database is away, and afterwards it is', async () => {
  const { house, end } = await scene()
  const one = await receiver()
  await listener(house, 'one', backChannel(one))
  await into(house, 'one')
  await end()
  const { database } = house
  await database.commit([{ sql: 'alter table session_clients rename to elsewhere', parameters: [] }])
  const stop = signOutMessenger(house.room).begin()
  await until('it is noticed', () => house.logged.some((line) => /can’t be read/.test(line)))
  await database.commit([{ sql: 'alter table elsewhere rename to session_clients', parameters: [] }])
  await until('it was told', () => one.heard.length > 0)
  await stop()
  assert.equal(one.heard.length, 1)
})

test('FD-06, C25: in production no client is told at an address of this machine or its network, whatever is registered', async () => {
  const canary = await receiver()
  const { port } = new URL(canary.uri)
  const platform = await openHouse({ development: false })
  const house = await openOAuthHouse({ house: platform })
  closing.push(house.close)
  const hosts = ['127.0.0.1', 'localhost', '[::1]', '169.254.169.254', '10.0.0.1', '192.168.0.1']
  await listener(house, 'one', { backChannel: { uri: 'https://one.example/out', sessionRequired: false } })
  await into(house, 'one')
  await house.database.commit([endAllSessions(house.database, house.runtime.now(), ada.id)])
  const tellAt = async (uri: string): Promise<void> => {
    const signOut = JSON.stringify({ backChannel: { uri, sessionRequired: false }, frontChannel: null })
    await house.database.commit([
      { sql: `update clients set sign_out = '${signOut}' where id = 'one'`, parameters: [] },
    ])
    house.runtime.advance(600)
    await signOutMessenger(house.room, { timeoutMs: 60_000 }).deliver()
  }
  for (const host of hosts) {
    await tellAt(`https://${host}:${port}/`)
    await tellAt(`http://${host}:${port}/`)
  }
  assert.deepEqual(canary.seen, [])
  const because = house.logged.flatMap((line) => /"because":"(\w+)"/.exec(line)?.[1] ?? [])
  assert.deepEqual(new Set(because), new Set(['address_refused', 'scheme_refused']))
})

test('AZ-06: an address to be told at is https, or local in development, without a fragment; a page is of a redirect URI’s origin', async () => {
  const { house } = await scene()
  const production = await openHouse({ development: false })
  closing.push(production.close)
  const codes = async (signOut: Parameters<typeof listener>[2], on: typeof production = house) => {
    const made = await createClient(on, {
      name: 'One',
      secret,
      redirectUris: ['https://one.example/callback', 'http://localhost:4402/callback'],
      signOut,
    })
    return made.ok ? [] : made.findings.map(({ path, code }) => `${path} ${code}`)
  }
  const back = (uri: string) => ({ backChannel: { uri, sessionRequired: false } })
  const front = (uri: string) => ({ frontChannel: { uri, sessionRequired: false } })
  assert.deepEqual(
    await codes({ ...back('https://api.one.example/out?x=1'), ...front('https://one.example/out') }),
    [],
  )
  assert.deepEqual(await codes(back('http://127.0.0.1:4402/out')), [])
  assert.deepEqual(await codes(back('http://127.0.0.1:4402/out'), production), [
    'signOut.backChannel plain_http',
  ])
  assert.deepEqual(await codes(front('http://localhost:4402/out')), [])
  for (const [uri, code] of [
    ['http://one.example/out', 'plain_http'],
    ['https://one.example/out#x', 'fragment'],
    ['javascript:alert(1)', 'dangerous_scheme'],
    ['data:text/html,x', 'dangerous_scheme'],
    ['https://user@one.example/out', 'userinfo'],
    ['https://*.example/out', 'wildcard'],
    ['com.example:/out', 'scheme'],
    ['', 'not_a_uri'],
  ] as const) {
    assert.ok((await codes(back(uri))).includes(`signOut.backChannel ${code}`), uri)
    assert.ok((await codes(front(uri))).includes(`signOut.frontChannel ${code}`), uri)
  }
  for (const uri of [
    'https://two.example/out',
    'https://one.example:8443/out',
    'https://sub.one.example/out',
  ])
    assert.deepEqual(await codes(front(uri)), ['signOut.frontChannel foreign_origin'])
})

test('where a client is told can be changed, one way without the other, and only to what could be registered', async () => {
  const { house, end } = await scene()
  const [one, later] = [await receiver(), await receiver()]
  await listener(house, 'one', {
    ...backChannel(one),
    frontChannel: { uri: 'https://one.example/out', sessionRequired: true },
  })
  const client = async () => {
    const found = (await house.room.clients.lookNow('one')).client
    if (found === undefined) throw new Error('There is no such client.')
    return found
  }
  const { sid } = await into(house, 'one')
  const refused = await changeChannels(house, await client(), {
    frontChannel: { uri: 'https://two.example/out', sessionRequired: true },
  })
  assert.deepEqual(
    refused.map(({ code }) => code),
    ['foreign_origin'],
  )
  assert.deepEqual(await changeChannels(house, await client(), backChannel(later)), [])
  assert.equal((await client()).signOut?.frontChannel?.uri, 'https://one.example/out')
  await end()
  await signOutMessenger(house.room).deliver()
  assert.deepEqual([one.heard.length, claimsIn(later.heard[0])['sid']], [0, sid])
  assert.deepEqual(await changeChannels(house, await client(), { backChannel: null, frontChannel: null }), [])
  assert.equal((await client()).signOut, null)
})
