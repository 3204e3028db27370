import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { authority, selfIssued } from '../../../../../tests/harness/certificates.ts'
import { CarrierUnavailable, LetterDelayed, LetterRefused, type OutgoingLetter } from './carrier.ts'
import { type MailServer, type MailServerOptions, openMailServer } from './mail-server.fixture.ts'
import { smtpCarrier } from './smtp.ts'
import type { SmtpServer } from './smtp-address.ts'

const opened: MailServer[] = []
after(() => Promise.all(opened.map((server) => server.close())))

async function mailServer(options: MailServerOptions = {}): Promise<MailServer> {
  const server = await openMailServer(options)
  opened.push(server)
  return server
}

const letter: OutgoingLetter = {
  to: 'ada@example.test',
  from: 'Countersign <no-reply@id.example.com>',
  subject: 'Grüße an Ada: your new password is waiting, and this line is longer than a header may be',
  text: 'Follow https://id.example.com/reset#a-very-long-secret-that-must-not-be-broken-when-lines-are-wrapped-0123456789\n',
  html: '<p>Follow <a href="https://id.example.com/reset#x">this</a> — soon.</p>',
  messageId: '<ltr_1@id.example.com>',
  date: 1_790_000_000,
  kind: 'password.reset',
}
const calm = new AbortController().signal

function at(port: number, more: Partial<SmtpServer> = {}) {
  const server: SmtpServer = { host: '127.0.0.1', port, tls: 'off', user: null, password: null, ...more }
  return smtpCarrier(server, 'id.example.com')
}

test('a letter arrives as it was written, and says that a program wrote it', async () => {
  const server = await mailServer()
  await at(server.port).carry(letter, calm)
  const [{ recipients, from, mail, raw } = assert.fail()] = server.letters
  assert.deepEqual([from, recipients], ['no-reply@id.example.com', ['ada@example.test']])
  assert.deepEqual(mail.from, { name: 'Countersign', address: 'no-reply@id.example.com' })
  assert.deepEqual(mail.to, [{ name: '', address: 'ada@example.test' }])
  assert.equal(mail.subject, letter.subject)
  assert.equal(mail.messageId, letter.messageId)
  assert.equal(mail.date, '2026-09-21T14:13:20.000Z')
  assert.equal(mail.text?.trim(), letter.text.trim())
  assert.equal(mail.html?.trim(), letter.html)
  const headers = new Map(mail.headers.map(({ key, value }) => [key, value]))
  assert.equal(headers.get('auto-submitted'), 'auto-generated')
  assert.deepEqual([...headers.keys()].toSorted(), [
    'auto-submitted',
    'content-type',
    'date',
    'from',
    'message-id',
    'mime-version',
    'subject',
    'to',
    'x-auto-response-suppress',
  ])
  assert.deepEqual(mail.attachments, [])
  for (const line of raw.split('\r\n')) assert.ok(line.length <= 76, line)
})

test('C17, PW-25: no subject, name or address makes a header or a second recipient', async () => {
  const server = await mailServer()
  const carrier = at(server.port)
  await carrier.carry(
    { ...letter, subject: 'one\r\nBcc: eve@example.test\r\n\r\ntwo\u2028three\u0000' },
    calm,
  )
  const [{ mail, recipients } = assert.fail()] = server.letters
  assert.deepEqual(recipients, ['ada@example.test'])
  assert.equal(mail.bcc, undefined)
  assert.equal(mail.subject, 'one Bcc: eve@example.test two three')
  for (const to of [
    'ada@example.test, eve@example.test',
    'ada@example.test\r\nRCPT TO:<eve@example.test>',
    'Ada <ada@example.test>',
    '"ada@example.test eve"@example.test',
  ])
    await assert.rejects(carrier.carry({ ...letter, to }, calm), LetterRefused, to)
  for (const from of ['a@example.test\r\nBcc: eve@example.test', 'a@example.test, b@example.test', 'nobody'])
    await assert.rejects(carrier.carry({ ...letter, from }, calm), LetterRefused, from)
  assert.equal(server.letters.length, 1)
})

test('what the server says of this letter is about this letter: 5xx for good, 4xx for now', async () => {
  const server = await mailServer()
  const { carry } = at(server.port)
  const because = (expected: string) => (error: unknown) =>
    assert.equal((error as LetterRefused).because, expected) ?? true
  for (const where of ['recipient', 'content'] as const) {
    server.behave({ [where]: () => 550 })
    await assert.rejects(carry(letter, calm), LetterRefused)
    await assert.rejects(carry(letter, calm), because('status 550'))
    server.behave({ [where]: () => 451 })
    await assert.rejects(carry(letter, calm), LetterDelayed)
    await assert.rejects(carry(letter, calm), because('status 451'))
    server.behave({ [where]: () => 421 })
    await assert.rejects(carry(letter, calm), CarrierUnavailable)
  }
  server.behave({ sender: () => 553 })
  await assert.rejects(carry(letter, calm), CarrierUnavailable, 'who we are concerns every letter')
  server.behave({})
  await carry(letter, calm)
  assert.equal(server.letters.length, 1)
})

test('a server that nobody can reach is told by its code', async () => {
  const server = await openMailServer()
  await server.close()
  const unreachable = { name: 'CarrierUnavailable', because: 'ECONNREFUSED' }
  await assert.rejects(at(server.port).carry(letter, calm), unreachable)
  await assert.rejects(at(server.port).verify(calm), unreachable)
})

test('an attempt that takes too long is broken off', async () => {
  const server = await mailServer()
  const held = Promise.withResolvers<number>()
  const impatient = new AbortController()
  server.behave({
    content: () => {
      impatient.abort()
      return held.promise
    },
  })
  await assert.rejects(at(server.port).carry(letter, impatient.signal), CarrierUnavailable)
  held.resolve(451)
})

describe('the way to the mail server', () => {
  const trusted = authority('Mail authority')
  const certificate = trusted.issue({ ip: [Buffer.from([127, 0, 0, 1])], dns: ['localhost'] })
  const usual = getCACertificates('default')
  const account = { user: 'mailer', password: 'a password with @ and :' }

  test('STARTTLS is required: without it nothing is said to the server, least of all a password', async () => {
    const server = await mailServer({ account })
    const carrier = at(server.port, { tls: 'required', ...account })
    await assert.rejects(carrier.carry(letter, calm), CarrierUnavailable)
    assert.deepEqual([server.letters, server.signIns], [[], []])
  })

  test('a certificate that nobody vouches for is as good as none', async () => {
    for (const secure of [false, true]) {
      const server = await mailServer({ tls: selfIssued({ dns: ['localhost'] }), secure, account })
      const carrier = at(server.port, { tls: secure ? 'at-once' : 'required', ...account })
      await assert.rejects(carrier.carry(letter, calm), CarrierUnavailable)
      assert.deepEqual([server.letters, server.signIns], [[], []])
    }
  })

  test('with one that is vouched for, letters and passwords go encrypted, by STARTTLS and at once', async () => {
    setDefaultCACertificates([trusted.cert])
    try {
      for (const secure of [false, true]) {
        const server = await mailServer({ tls: certificate, secure, account })
        const carrier = at(server.port, { tls: secure ? 'at-once' : 'required', ...account })
        assert.deepEqual(await carrier.verify(calm), { encrypted: true })
        await carrier.carry(letter, calm)
        assert.deepEqual(
          server.letters.map(({ encrypted, user }) => [encrypted, user]),
          [[true, 'mailer']],
        )
        const wrong = at(server.port, {
          tls: secure ? 'at-once' : 'required',
          user: 'mailer',
          password: 'another',
        })
        await assert.rejects(wrong.carry(letter, calm), { because: 'status 535' })
        await assert.rejects(wrong.verify(calm), { because: 'status 535' })
      }
    } finally {
      setDefaultCACertificates(usual)
    }
  })

  test('on this machine TLS is used where the server has it, whoever signed its certificate', async () => {
    const plain = await mailServer()
    const encrypting = await mailServer({ tls: selfIssued() })
    assert.deepEqual(await at(plain.port, { tls: 'offered' }).verify(calm), { encrypted: false })
    assert.deepEqual(await at(encrypting.port, { tls: 'offered' }).verify(calm), { encrypted: true })
  })
})
