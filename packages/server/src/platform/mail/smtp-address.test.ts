import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSender, readSmtpUrl } from './smtp-address.ts'

const plain = { user: null, password: null }

test('an SMTP address says where letters go, and how surely the way is encrypted', () => {
  const read = {
    'smtps://mail.example.com': { host: 'mail.example.com', port: 465, tls: 'at-once', ...plain },
    'smtp://mail.example.com': { host: 'mail.example.com', port: 587, tls: 'required', ...plain },
    'smtp://mail.example.com:25/': { host: 'mail.example.com', port: 25, tls: 'required', ...plain },
    'smtp://mail:1025?tls=off': { host: 'mail', port: 1025, tls: 'off', ...plain },
    'smtp://localhost:1025': { host: 'localhost', port: 1025, tls: 'offered', ...plain },
    'smtp://127.0.0.1:25': { host: '127.0.0.1', port: 25, tls: 'offered', ...plain },
    'smtp://[::1]:25': { host: '::1', port: 25, tls: 'offered', ...plain },
    'smtp://[2001:db8::1]': { host: '2001:db8::1', port: 587, tls: 'required', ...plain },
    'smtps://me%40example.com:p%3Ass%2F%40@mail.example.com:2465': {
      host: 'mail.example.com',
      port: 2465,
      tls: 'at-once',
      user: 'me@example.com',
      password: 'p:ss/@',
    },
  }
  for (const [text, server] of Object.entries(read)) assert.deepEqual(readSmtpUrl(text), server, text)
})

test('what is no SMTP address is refused, and nothing is guessed', () => {
  for (const text of [
    '',
    'mail.example.com',
    'https://mail.example.com',
    'smtp:',
    'smtp://',
    'smtp://mail.example.com/folder',
    'smtp://mail.example.com#part',
    'smtp://mail.example.com?tls=maybe',
    'smtp://mail.example.com?tls=off&x=1',
    'smtps://mail.example.com?tls=off',
    'smtp://user@mail.example.com',
    'smtp://:password@mail.example.com',
    'smtp://user:%zz@mail.example.com',
    'smtp://mail.example.com:99999',
    'smtp://mail example.com',
  ])
    assert.equal(readSmtpUrl(text), null, text)
})

test('a sender is one address, with a name or without', () => {
  const read = {
    'no-reply@example.com': { name: '', address: 'no-reply@example.com' },
    ' no-reply@example.com ': { name: '', address: 'no-reply@example.com' },
    'Example <no-reply@example.com>': { name: 'Example', address: 'no-reply@example.com' },
    'Müller & Söhne <a@example.com>': { name: 'Müller & Söhne', address: 'a@example.com' },
    'Example, Inc. <a@example.com>': { name: 'Example, Inc.', address: 'a@example.com' },
    '"Example, Inc." <a@example.com>': { name: 'Example, Inc.', address: 'a@example.com' },
    '<a@example.com>': { name: '', address: 'a@example.com' },
  }
  for (const [text, sender] of Object.entries(read)) assert.deepEqual(readSender(text), sender, text)
  for (const text of [
    '',
    'Example',
    'a@example.com, b@example.com',
    'Example <a@example.com>, b@example.com',
    'Example <a@example.com> <b@example.com>',
    'b@example.com, Example <a@example.com>',
    'Ex\r\nBcc: b@example.com\r\n <a@example.com>',
    'Ex\u2028ample <a@example.com>',
    'Example <a@example.com\r\nBcc: b@example.com>',
    'Example <>',
  ])
    assert.equal(readSender(text), null, JSON.stringify(text))
})
