import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { sweepAll } from '../db/sweep.ts'
import type { House } from '../house.ts'
import { vaultWith } from '../keys/vault.ts'
import { type Carrier, LetterRefused } from './carrier.ts'
import { type DeliveryOptions, mailDelivery } from './delivery.ts'
import { lateLetters } from './letters.store.ts'
import { letterTo, type MailServer, mailEvents, openMailServer } from './mail-server.fixture.ts'
import { smtpCarrier } from './smtp.ts'

const servers: MailServer[] = []
after(() => Promise.all(servers.map((server) => server.close())))

async function mailServer(port = 0): Promise<MailServer> {
  const server = await openMailServer({ port })
  servers.push(server)
  return server
}

const by = (port: number): Carrier =>
  smtpCarrier({ host: '127.0.0.1', port, tls: 'off', user: null, password: null }, 'id.example.com').carry

const delivery = (house: House, carrier: Carrier, options: Partial<DeliveryOptions> = {}) =>
  mailDelivery(house, carrier, { from: 'Countersign <no-reply@id.example.com>', ...options })

const posted = (house: House, ...to: string[]) =>
  house.database.commit(to.map((address) => house.mail.post(letterTo(address))))

const people = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `person-${index}@example.test`)

const recipients = ({ letters }: MailServer) => letters.flatMap((letter) => letter.recipients).toSorted()

onBothEngines('The way of a letter', (open) => {
  test('a letter leaves after the commit that it belongs to, and only its event is left', async () => {
    const house = await open()
    const server = await mailServer()
    const { database, mail } = house
    const lost = { ...mail.post(letterTo('eve@example.test')), exactlyOne: 'nothing' }
    const undone = { sql: 'delete from letters where 1 = 0', parameters: [], exactlyOne: 'something' }
    assert.equal((await database.commit([lost, undone])).ok, false)
    await database.commit([mail.post(letterTo('ada@example.test', { userId: 'usr_ada' }))])
    await delivery(house, by(server.port)).deliver()
    assert.deepEqual(recipients(server), ['ada@example.test'])
    assert.match(server.letters[0]?.mail.messageId ?? '', /^<ltr_[0-9a-f]{32}@localhost>$/)
    assert.deepEqual(await house.letters(), [])
    assert.deepEqual(await mailEvents(house), [{ type: 'mail.sent', kind: 'password.reset', attempts: 1 }])
    const [event] = await database.read("select user_id from events where type = 'mail.sent'", [])
    assert.equal(event?.['user_id'], 'usr_ada')
  })

  test('F25: with the mail server away, one letter asks for all; once it is back, each arrives once', async () => {
    const house = await open()
    const gone = await openMailServer()
    await gone.close()
    await posted(house, ...people(30))
    const mail = delivery(house, by(gone.port))
    await mail.deliver()
    const attempts = async () =>
      Number((await house.database.read('select sum(attempts) as n from letters', []))[0]?.['n'])
    const first = await attempts()
    assert.ok(first <= 4, `${first} letters found out that nobody is there`)
    for (let minute = 0; minute < 60; minute++) {
      house.runtime.advance(60)
      await mail.deliver()
    }
    assert.equal(await attempts(), first + 60, 'one attempt in each look')
    assert.equal((await house.letters()).length, 30)
    assert.equal(house.logged.filter((line) => /letters wait/.test(line)).length, 1)
    const server = await mailServer(gone.port)
    for (let look = 0; look < 60 && server.letters.length < 30; look++) {
      house.runtime.advance(30)
      await mail.deliver()
    }
    assert.deepEqual(recipients(server), people(30).toSorted())
    assert.deepEqual(await house.letters(), [])
    assert.equal(house.logged.filter((line) => /Mail leaves again/.test(line)).length, 1)
  })

  test('a letter that is refused for good is given up at once, and holds nobody up', async () => {
    const house = await open()
    const server = await mailServer()
    server.behave({ recipient: (address) => (address.startsWith('gone') ? 550 : 0) })
    await posted(house, 'gone@example.test', 'ada@example.test')
    await delivery(house, by(server.port)).deliver()
    assert.deepEqual(recipients(server), ['ada@example.test'])
    assert.deepEqual(await house.letters(), [])
    assert.deepEqual(await mailEvents(house), [
      { type: 'mail.given_up', kind: 'password.reset', attempts: 1, because: 'status 550' },
      { type: 'mail.sent', kind: 'password.reset', attempts: 1 },
    ])
  })

  test('a letter that is refused for now is tried again, with growing pauses', async () => {
    const house = await open()
    const server = await mailServer()
    let asked = 0
    server.behave({
      content: () => {
        asked += 1
        return asked <= 3 ? 451 : 0
      },
    })
    await posted(house, 'ada@example.test')
    const mail = delivery(house, by(server.port))
    const waited: number[] = []
    for (let second = 0, before = 0; second < 200 && server.letters.length === 0; second++) {
      await mail.deliver()
      if (asked > before) waited.push(second)
      before = asked
      house.runtime.advance(1)
    }
    assert.deepEqual(waited, [0, 10, 30, 70])
    assert.deepEqual(await mailEvents(house), [{ type: 'mail.sent', kind: 'password.reset', attempts: 4 }])
  })

  test('a letter whose time is over is not sent any more', async () => {
    const house = await open()
    const server = await mailServer()
    const { database, mail, runtime } = house
    const until = runtime.now() + 60
    await database.commit([mail.post(letterTo('late@example.test', { until }))])
    server.behave({ recipient: () => 450 })
    const way = delivery(house, by(server.port))
    for (let second = 0; second < 60; second += 10) {
      await way.deliver()
      runtime.advance(10)
    }
    server.behave({})
    runtime.advance(60)
    await way.deliver()
    assert.deepEqual(server.letters, [])
    assert.deepEqual(await mailEvents(house), [
      { type: 'mail.given_up', kind: 'password.reset', attempts: 3, because: 'status 450' },
    ])
    await database.commit([mail.post(letterTo('later@example.test', { until: runtime.now() + 5 }))])
    runtime.advance(5)
    await way.deliver()
    assert.deepEqual(server.letters, [])
    assert.equal((await mailEvents(house))[1]?.['because'], 'too late')
  })

  test('F25: of several who carry from one database, one alone carries each letter', async () => {
    const house = await open()
    const server = await mailServer()
    await posted(house, ...people(40))
    const several = [1, 2, 3].map(() => delivery(house, by(server.port)))
    for (let left = 40; left > 0; ) {
      await Promise.all(several.map((mail) => mail.deliver()))
      const { length } = await house.letters()
      assert.ok(length < left, `${length} letters stay`)
      left = length
    }
    assert.deepEqual(recipients(server), people(40).toSorted())
    assert.equal((await mailEvents(house)).length, 40)
  })

  test('F25: who dies before noting that a letter is gone leaves one copy more, and it can be recognized', async () => {
    const house = await open()
    const server = await mailServer()
    const [taken, back] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const lost: Carrier = async (letter, signal) => {
      await by(server.port)(letter, signal)
      taken.resolve()
      await back.promise
    }
    await posted(house, 'ada@example.test')
    const ending = delivery(house, lost).deliver()
    await taken.promise
    const successor = delivery(house, by(server.port))
    await successor.deliver()
    assert.equal(server.letters.length, 1, 'nobody takes over what may be under way')
    house.runtime.advance(150)
    await successor.deliver()
    await successor.deliver()
    assert.equal(server.letters.length, 2)
    assert.equal(new Set(server.letters.map(({ mail }) => mail.messageId)).size, 1)
    assert.deepEqual(await house.letters(), [])
    back.resolve()
    await ending
    assert.equal((await mailEvents(house)).length, 1, 'who comes back after all has nothing to say')
  })

  test('PW-10: a letter that is only pretended is forgotten on its way, and nobody hears of it', async () => {
    const house = await open()
    const server = await mailServer()
    const { to: _to, ...letter } = letterTo('ada@example.test')
    await house.database.commit([house.mail.pretend(letter)])
    assert.equal((await house.database.read('select id from letters', [])).length, 1)
    await delivery(house, by(server.port)).deliver()
    assert.equal((await house.database.read('select id from letters', [])).length, 0)
    assert.deepEqual([server.connections, await mailEvents(house), house.logged], [0, [], []])
  })

  test('a letter that nobody can open any more is given up', async () => {
    const house = await open()
    const server = await mailServer()
    await posted(house, 'ada@example.test')
    const vault = vaultWith(['another secret, which is long enough as well'], house.runtime)
    await delivery({ ...house, vault }, by(server.port)).deliver()
    assert.deepEqual(server.letters, [])
    assert.equal((await mailEvents(house))[0]?.['because'], 'its secret is gone')
  })

  test('what nobody carries is forgotten a day after its time', async () => {
    const { database, mail, runtime, letters } = await open()
    await database.commit([mail.post(letterTo('ada@example.test', { until: runtime.now() + 60 }))])
    await sweepAll(database, [lateLetters], runtime.now() + 86_400)
    assert.equal((await letters()).length, 1)
    await sweepAll(database, [lateLetters], runtime.now() + 86_461)
    assert.equal((await letters()).length, 0)
  })

  test('neither the database nor the log shows what a letter says, and to whom', async () => {
    const house = await open()
    const server = await mailServer()
    server.behave({ recipient: () => 451 })
    await posted(house, 'ada@example.test')
    const mail = delivery(house, by(server.port))
    await mail.deliver()
    const dump = async () =>
      JSON.stringify([
        await house.database.read('select * from letters', []),
        await house.database.read('select * from events', []),
      ])
    const waiting = await dump()
    server.behave({ recipient: () => 550 })
    house.runtime.advance(10)
    await mail.deliver()
    for (const text of [waiting, await dump(), ...house.logged])
      assert.doesNotMatch(text, /secret-of-the-link|ada@example|Choose a new password/)
    assert.equal(house.logged.length, 2)
  })
})

onBothEngines('An operator’s own way for letters', (open) => {
  test('is given one finished letter at a time, and says by what it throws whether to try again', async () => {
    const house = await open()
    const seen: Parameters<Carrier>[0][] = []
    let way: 'fails' | 'refuses' | 'takes' = 'fails'
    const mail = delivery(house, async (letter) => {
      seen.push(letter)
      if (way === 'fails') throw new Error('the API of somebody said: secret-of-the-link')
      if (way === 'refuses') throw new LetterRefused('suppressed')
    })
    await posted(house, 'ada@example.test')
    await mail.deliver()
    way = 'takes'
    house.runtime.advance(10)
    await mail.deliver()
    way = 'refuses'
    await posted(house, 'eve@example.test')
    await mail.deliver()
    assert.deepEqual(
      seen.map(({ to }) => to),
      ['ada@example.test', 'ada@example.test', 'eve@example.test'],
    )
    assert.match(seen[0]?.text ?? '', /reset#secret-of-the-link/)
    assert.equal(seen[0]?.from, 'Countersign <no-reply@id.example.com>')
    assert.equal(seen[0]?.messageId, seen[1]?.messageId)
    assert.deepEqual(
      (await mailEvents(house)).map(({ type, because }) => [type, because]),
      [
        ['mail.given_up', 'suppressed'],
        ['mail.sent', undefined],
      ],
    )
    assert.doesNotMatch(house.logged.join('\n'), /secret-of-the-link/)
  })

  test('has its time: who never says anything holds up nothing but the letter', async () => {
    const house = await open()
    let isAborted = false
    const mail = delivery(
      house,
      (_letter, signal) => {
        signal.addEventListener('abort', () => {
          isAborted = true
        })
        return new Promise(() => {})
      },
      { timeoutMs: 50 },
    )
    await posted(house, 'ada@example.test')
    await mail.deliver()
    assert.equal(isAborted, true)
    assert.equal((await house.letters()).length, 1)
  })

  test('what is under way when the server stops is finished', async () => {
    const house = await open()
    const begun = Promise.withResolvers<void>()
    const held = Promise.withResolvers<void>()
    const mail = delivery(house, async () => {
      begun.resolve()
      await held.promise
    })
    await posted(house, 'ada@example.test')
    const stop = mail.begin()
    await begun.promise
    const stopped = stop()
    held.resolve()
    await stopped
    assert.deepEqual(await house.letters(), [])
    assert.equal((await mailEvents(house)).length, 1)
  })
})
