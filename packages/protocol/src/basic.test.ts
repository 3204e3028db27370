import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readBasic } from './basic.ts'

const sent = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

test('a name ends at the first colon, and a password may hold any text', () => {
  for (const [name, password] of [
    // RFC 7617 §2 and §2.1.
    ['Aladdin', 'open sesame'],
    ['test', '123£'],
    ['ada', 'a:b:c'],
    ['ada', ''],
    ['ada@example.test', ' spaces '],
    ['ада', 'пароль–ｶﾞ'],
  ] as const) {
    assert.deepEqual(readBasic(sent(`${name}:${password}`)), { name, password })
  }
  assert.deepEqual(readBasic('Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='), {
    name: 'Aladdin',
    password: 'open sesame',
  })
  assert.deepEqual(readBasic('basic QWxhZGRpbjpvcGVuIHNlc2FtZQ'), {
    name: 'Aladdin',
    password: 'open sesame',
  })
})

test('what is not Basic, or not well-formed, is nobody’s', () => {
  for (const header of [
    '',
    'Basic',
    'Basic ',
    'Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==',
    'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ== x',
    'Basic QWxhZGRpbjpvcGVuIHNlc2FtZR==',
    'Basic QWxhZGRpbjpvcGVuIHNlc2FtZ',
    'Basic Q',
    'Basic QWxh ZGRpbg==',
    'Basic QWxh-GRpbg==',
    sent('no colon'),
    sent(':no name'),
    sent('ada:a\nb'),
    sent('ada:a\0b'),
    `Basic ${Buffer.from([0x61, 0x3a, 0xff]).toString('base64')}`,
    `Basic ${'A'.repeat(5000)}`,
  ]) {
    assert.equal(readBasic(header), null, header.slice(0, 60))
  }
})
