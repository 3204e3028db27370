import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { SealBroken } from '../keys/vault.ts'
import { waitingLetters } from './letters.store.ts'
import { openLetter } from './mail.ts'
import { letterTo } from './mail-server.fixture.ts'
import { isOneMailbox } from './one-mailbox.ts'

const here = '203.0.113.7'

onBothEngines('What may be mailed', (open) => {
  test('PW-24: three letters in a quarter of an hour and ten a day go to one address, whoever asks', async () => {
    const { mail, runtime } = await open()
    const asked = async (times: number): Promise<number> => {
      let allowed = 0
      for (let i = 0; i < times; i++)
        if (await mail.mayPost('ada@example.test', `198.51.100.${runtime.now() % 200}`)) allowed += 1
      return allowed
    }
    assert.equal(await asked(5), 3)
    runtime.advance(899)
    assert.equal(await asked(1), 0)
    runtime.advance(1)
    assert.equal(await asked(5), 3)
    runtime.advance(900)
    assert.equal(await asked(5), 3)
    runtime.advance(900)
    assert.equal(await asked(5), 1, 'the tenth of the day')
    runtime.advance(900)
    assert.equal(await asked(1), 0)
    assert.equal(await mail.mayPost('grace@example.test', here), true)
    runtime.advance(86_400)
    assert.equal(await asked(5), 3)
  })

  test('PW-24: twenty letters an hour are asked for from one network, whomever they are for', async () => {
    const { mail, runtime } = await open()
    const asked = async (peer: (index: number) => string): Promise<number> => {
      let allowed = 0
      for (let i = 0; i < 25; i++)
        if (await mail.mayPost(`person-${i}-${peer(i)}@example.test`.replaceAll(':', '-'), peer(i)))
          allowed += 1
      return allowed
    }
    assert.equal(await asked(() => here), 20)
    assert.equal(await asked((index) => `2001:db8:0:1::${index}`), 20, 'a /64 is one network')
    assert.equal(await asked(() => '198.51.100.1'), 20)
    runtime.advance(3600)
    assert.equal(await asked(() => here), 20)
  })

  test('PW-24: whoever asks in parallel gets no more', async () => {
    const { mail } = await open()
    const asked = await Promise.all(Array.from({ length: 12 }, () => mail.mayPost('ada@example.test', here)))
    assert.equal(asked.filter((allowed) => allowed).length, 3)
  })

  test('the limits say nobody’s address', async () => {
    const { mail, database } = await open()
    await mail.mayPost('ada@example.test', here)
    assert.doesNotMatch(JSON.stringify(await database.read('select bucket from limits', [])), /ada@|example/)
  })

  test('a letter opens in its own row alone', async () => {
    const { mail, database, vault } = await open()
    await database.commit([mail.post(letterTo('ada@example.test')), mail.post(letterTo('eve@example.test'))])
    const [one, other] = await waitingLetters(database)
    if (one === undefined || other === undefined) assert.fail()
    assert.throws(() => openLetter(vault, { ...one, sealed: other.sealed }), SealBroken)
  })
})

test('PW-25, C17: a letter has one address, spelled so that nobody reads two in it', () => {
  for (const address of [
    'ada@example.test',
    "o'brien+tag/x=y@xn--bcher-kva.example",
    'Countersign@localhost',
    `${'a'.repeat(64)}@example.test`,
  ])
    assert.equal(isOneMailbox(address), true, address)
  for (const text of [
    '',
    'ada',
    '@example.test',
    'ada@',
    'ada@-example.test',
    'ada@example..test',
    'ada..x@example.test',
    'ada@example.test ',
    ' ada@example.test',
    'ada@example.test\n',
    'ada@example.test\r\nBcc:eve@example.test',
    'ada@example.test,eve@example.test',
    'ada@example.test;eve@example.test',
    '"ada eve"@example.test',
    '<ada@example.test>',
    'Ada <ada@example.test>',
    'ada(x)@example.test',
    'ada@[192.0.2.1]',
    'ada＠example.test',
    'ada@exämple.test',
    'ada\u0000@example.test',
    `${'a'.repeat(65)}@example.test`,
    `ada@${'a.'.repeat(130)}test`,
  ])
    assert.equal(isOneMailbox(text), false, JSON.stringify(text))
})
