import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { displayName } from './display-name.ts'
import {
  canonicalEmail,
  canonicalForeignUsername,
  canonicalIdentifier,
  canonicalUsername,
} from './identifiers.ts'

test('PW-13: every spelling of an address is one address', () => {
  for (const spelling of [
    'ada@example.test',
    'ADA@EXAMPLE.TEST',
    '  ada@example.test\t',
    'Ada@Example.Test',
    'ａｄａ@example.test',
    'ada＠example.test',
    'ada﹫example.test',
  ]) {
    assert.equal(canonicalEmail(spelling), 'ada@example.test', spelling)
  }
  assert.equal(canonicalEmail('ada@bücher.example'), canonicalEmail('ADA@XN--BCHER-KVA.EXAMPLE'))
})

test('PW-25, C17 (CVE-2026-73420): what names no one mailbox, or more than one, is no address', () => {
  const corpus = [
    '',
    '@',
    'ada',
    'ada@',
    '@example.test',
    'ada@example',
    'ada@@example.test',
    'ada@example.test@evil.test',
    'ada＠evil.test@example.test',
    'ada@evil.test,@example.test',
    'ada@example.test,eve@evil.test',
    'ada@example.test;eve@evil.test',
    'ada@example.test eve@evil.test',
    'ada@example.test\r\nBcc: eve@evil.test',
    'ada@example.test\neve@evil.test',
    'ada\r\n@example.test',
    'ada\u0000@example.test',
    'ada@exam\u0000ple.test',
    'ada@example.test\u0000@evil.test',
    '"ada"@example.test',
    '"ada@evil.test"@example.test',
    '"a\\"da"@example.test',
    'ada(comment)@example.test',
    'ada@(comment)example.test',
    'Ada <ada@example.test>',
    '<ada@example.test>',
    'ada@[203.0.113.7]',
    'ada@[IPv6:2001:db8::1]',
    'ada@203.0.113.7',
    'ada@0x7f.1',
    'ada@2130706433.1',
    'ada@localhost',
    '.ada@example.test',
    'ada.@example.test',
    'a..da@example.test',
    'ada@.example.test',
    'ada@example..test',
    'ada@example.test.',
    'ada@-example.test',
    'ada@example-.test',
    'ada@exa_mple.test',
    'ada@exa mple.test',
    'ada @example.test',
    'ada@ example.test',
    'ada@example.test/evil.test',
    'ada@example.test?x',
    'ada@example.test#x',
    'ada@example.test:25',
    'ada@ex%61mple.test',
    'ada@еxample.test@x',
    'аda@example.test',
    'ada@example.test\u202e',
    'ad\u200ba@example.test',
    'ada@exa\u00admple.test@evil.test',
    `${'a'.repeat(65)}@example.test`,
    `ada@${'a'.repeat(64)}.test`,
    `ada@${'a.'.repeat(130)}test`,
    'a'.repeat(100_000),
    `${'a@'.repeat(50_000)}x`,
  ]
  for (const text of corpus) assert.equal(canonicalEmail(text), null, JSON.stringify(text.slice(0, 60)))
})

test('ordinary addresses are accepted', () => {
  for (const text of [
    'a@example.test',
    'ada.lovelace+bank@mail.example.test',
    "o'brien@example.test",
    'x_y-z@xn--bcher-kva.example',
    `${'a'.repeat(64)}@example.test`,
    '1234@123.example',
  ]) {
    assert.equal(canonicalEmail(text), text)
  }
})

test('a canonical address stays what it is, and has one @ and nothing outside printable ASCII', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.emailAddress(),
        fc.stringMatching(/^[a-zＡ-ｚ@＠.,"\r\n ]{1,40}$/),
      ),
      (text) => {
        const email = canonicalEmail(text)
        if (email === null) return
        assert.match(email, /^[\x21-\x3f\x41-\x7e]+@[a-z0-9.-]+$/)
        assert.equal(canonicalEmail(email), email)
      },
    ),
  )
})

test('a user name is letters, digits, dots, hyphens and underscores, and never an address', () => {
  for (const name of ['ada', 'ADA', 'ada.lovelace', 'a-b', '_x', 'x_', '42']) {
    assert.equal(canonicalUsername(name), name.toLowerCase())
  }
  for (const name of [
    '',
    'a',
    '.ada',
    'ada.',
    'a b',
    'ada@x',
    'аda',
    'ada\n\nx',
    '-ada',
    'a'.repeat(65),
    "a'--",
    '<b>',
  ]) {
    assert.equal(canonicalUsername(name), null, name)
  }
  assert.deepEqual(canonicalIdentifier('Ada'), { kind: 'username', value: 'ada' })
  assert.deepEqual(canonicalIdentifier('Ada@Example.test'), { kind: 'email', value: 'ada@example.test' })
  assert.equal(canonicalIdentifier("' or 1=1 --"), null)
})

test('a user name from elsewhere may be in any script, and has one spelling', () => {
  for (const [typed, name] of [
    ['Jürgen', 'jürgen'],
    ['Ju\u0308rgen', 'jürgen'],
    ['日本語', '日本語'],
    ['maria+shop', 'maria+shop'],
    ['x', 'x'],
    ['-dash', '-dash'],
    ['Ａda', 'ada'],
    ['a'.repeat(150), 'a'.repeat(150)],
    ['@Maria', '@maria'],
    ['@maria.k', '@maria.k'],
    ['maria@home', 'maria@home'],
    ['maria@', 'maria@'],
    ['Maria  López ', 'maria lópez'],
    ['maria\u00a0lópez', 'maria lópez'],
    ["O'Brien", "o'brien"],
    ['O’Brien', "o'brien"],
  ] as const)
    assert.equal(canonicalForeignUsername(typed), name)
  for (const name of [
    '',
    '.',
    '+-',
    ' ',
    "'",
    '@',
    'a\tb',
    'o´brien',
    'a@b@c',
    '@a@b',
    'a@b.',
    'аda@example.test',
    'ada@example.test.',
    'ada@example。test',
    'a\u200db',
    'a\u202eb',
    'a\u0000',
    '\u0308a',
    'a'.repeat(151),
  ])
    assert.equal(canonicalForeignUsername(name), null, JSON.stringify(name))
  assert.deepEqual(canonicalIdentifier('JÜRGEN'), { kind: 'username', value: 'jürgen' })
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (typed) => {
      const name = canonicalForeignUsername(typed)
      if (name !== null) assert.equal(canonicalForeignUsername(name), name)
    }),
  )
})

test('C16, C17: no text is a user name and an address at once, nor a name that another reader takes for an address', () => {
  const part = fc.stringMatching(/^[a-zé.＠@．。 '’+-]{0,12}$/)
  fc.assert(
    fc.property(
      fc.oneof(
        fc.emailAddress(),
        fc.tuple(part, part).map(([before, after]) => `${before}@${after}`),
      ),
      (text) => {
        const name = canonicalForeignUsername(text)
        if (name === null) return
        assert.equal(canonicalEmail(text), null)
        assert.equal(canonicalEmail(name), null)
        assert.doesNotMatch(name, /[^@]@.*[@.]/)
      },
    ),
  )
})

test('a name may be in any script, and holds no control or direction characters', () => {
  for (const name of ['Ada Lovelace', '日本 花子', 'עדה', "O'Brien <b>", '👩‍🚀', 'Nguyễn Thị Minh Khai']) {
    assert.deepEqual(displayName(`  ${name} `), { ok: true, name: name.normalize('NFC') })
  }
  for (const name of ['Ada\r\nSet-Cookie: x=1', 'a\u0000b', 'a\u202eb', 'a\u2028b', 'a\u0085b', 'a\u2066b']) {
    assert.deepEqual(displayName(name), { ok: false, because: 'unfit' }, JSON.stringify(name))
  }
  assert.deepEqual(displayName('   '), { ok: false, because: 'missing' })
  assert.deepEqual(displayName('x'.repeat(201)), { ok: false, because: 'too_long' })
  assert.equal(displayName('👩'.repeat(200)).ok, true)
})
