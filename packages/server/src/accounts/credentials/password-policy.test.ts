import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { commonPasswords } from './blocklist.ts'
import { passwordFindings } from './password-policy.ts'

const ada = {
  email: 'ada.lovelace@example.test',
  username: 'countess',
  name: 'Augusta Ada King',
}
const codes = async (password: string) => (await passwordFindings(password, ada)).map(({ code }) => code)

test('PW-01: fifteen code points at least, and two hundred and fifty-six at most', async () => {
  const phrase = 'weaving algebraical patterns just as the loom weaves flowers and leaves '.repeat(5)
  assert.deepEqual(await codes(phrase.slice(0, 14)), ['too_short'])
  for (const length of [15, 64, 200, 256])
    assert.deepEqual(await codes(phrase.slice(0, length)), [], String(length))
  assert.deepEqual(await codes(phrase.slice(0, 257)), ['too_long'])
})

test('PW-01: code points are counted after NFKC, not UTF-16 units and not as typed', async () => {
  assert.deepEqual(await codes('🔑🎈🌧🦊🎻🍋🧭🪁🛶🎯🌋🧲🪐🎨'), ['too_short'])
  assert.deepEqual(await codes('🔑🎈🌧🦊🎻🍋🧭🪁🛶🎯🌋🧲🪐🎨🕰'), [])
  // 15 code points as typed, 14 once é is composed; and one ligature that becomes three letters.
  assert.deepEqual(await codes('qzw e\u0301 kvb mxlp'), ['too_short'])
  assert.deepEqual(await codes('qzwg kvb mxlp\ufb03'), [])
})

test('PW-02: no kinds of characters are asked for', async () => {
  for (const password of [
    'weaving algebraical patterns',
    'tintenfass wolkenbruch',
    'ткацкий станок плетёт узоры',
    '織機は花と葉を織るように代数を織る',
    '  spaces around  count too ',
    '7391 6402 8815 3370',
  ]) {
    assert.deepEqual(await codes(password), [], password)
  }
})

test('PW-05: each of the most used passwords is refused, alone, repeated, and with a little added', async () => {
  const common = await commonPasswords()
  const sample = [
    'password',
    'qwerty',
    'dragon',
    'letmein',
    'iloveyou',
    'trustno1',
    'sunshine',
    'princess',
    'monkey',
  ]
  for (const word of sample) {
    assert.equal(common.has(word), true, word)
    assert.notDeepEqual(await codes(word), [], word)
    assert.deepEqual(await codes(word.repeat(4)), ['common'], word)
    assert.deepEqual(await codes(`${word.toUpperCase()}-12345678901`), ['common'], word)
    assert.deepEqual(await codes(`!!${word}!!`.padEnd(15, '!')), ['common'], word)
  }
  for (const long of [
    'mailcreated5240',
    '1qaz2wsx3edc4rfv',
    'q1w2e3r4t5y6u7i8',
    'PASSWORDPASSWORD',
    'nick1234-rem936',
  ]) {
    assert.deepEqual(await codes(long), ['common'], long)
  }
})

test('PW-05: repetition and walks over the keyboard are refused', async () => {
  for (const password of [
    'aaaaaaaaaaaaaaaaaa',
    'abababababababab',
    'zk7zk7zk7zk7zk7zk7',
    'abcdefghijklmnopq',
    '987654321098765',
    'qwertyuiopasdfghjkl',
    'lkjhgfdsapoiuytrewq',
    '               ',
    'aaaaaabbbbbbcccccc',
  ]) {
    assert.deepEqual(await codes(password), ['predictable'], password)
  }
})

test('PW-05: the product’s name and one’s own names are no password', async () => {
  for (const password of [
    'countersign-2026',
    'CounterSignCounterSign',
    'ada.lovelace@example.test',
    'lovelace-augusta',
    'AugustaAdaKing1815',
    'countess-password',
  ]) {
    assert.deepEqual(await codes(password), ['personal'], password)
  }
  assert.deepEqual(await codes('countersign paper weaves algebra'), [])
  assert.deepEqual(await passwordFindings('lovelace-augusta', {}), [])
})

test('a finding says why, and never what was typed', async () => {
  for (const password of ['passwordpassword', 'short-canary', 'canarycanarycanary', 'x'.repeat(300)]) {
    for (const { path, message } of await passwordFindings(password, ada)) {
      assert.equal(path, 'password')
      assert.ok(message.length > 20)
      assert.ok(!message.includes('canary'))
    }
  }
})

test('the password of the people in development may be chosen', async () => {
  for (const name of ['ada', 'grace', 'tim', 'admin']) {
    const chooser = { email: `${name}@example.test`, username: name, name }
    assert.deepEqual(await passwordFindings('analytical-engine-1843', chooser), [])
  }
})

test('HT-15: nothing that can be sent takes long to judge', async () => {
  await commonPasswords()
  const nasty = [
    'a'.repeat(65_000),
    'ab'.repeat(32_000),
    '-'.repeat(65_000),
    `${'é\u0301'.repeat(20_000)}`,
    // Marks in the order in which it takes longest to put them right.
    `a${'\u0315'.repeat(16_000)}${'\u0334'.repeat(16_000)}`,
    `${'a'.repeat(128)}${'-'.repeat(128)}`,
    '\ufdfa'.repeat(3_000),
  ]
  const judge = async (password: string, whole: string) => {
    const began = process.cpuUsage()
    await passwordFindings(password, { name: whole, email: whole, username: whole })
    const { user, system } = process.cpuUsage(began)
    assert.ok(user + system < 250_000, `${whole.slice(0, 4)}… took ${(user + system) / 1000} ms`)
  }
  for (const text of nasty) {
    await judge(text, text)
    await judge('a'.repeat(100) + '-'.repeat(100), text)
    await judge('weaving algebraical patterns', text)
    await judge('weaving algebraical patterns', 'ab-'.repeat(20_000))
  }
})

test('any text is judged, and what is accepted has the right length', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (password) => {
      const found = await codes(password)
      const length = [...password.normalize('NFKC')].length
      assert.equal(found.includes('too_short'), length < 15)
      assert.equal(found.includes('too_long'), length > 256)
    }),
  )
})
