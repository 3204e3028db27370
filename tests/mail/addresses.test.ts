// Whatever somebody types as an address: it is refused, or one letter goes to exactly one mailbox, which is the one that
// is stored and shown (C17, PW-25).
import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalEmail } from '../../packages/server/src/accounts/users/identifiers.ts'
import { openHouse } from '../../packages/server/src/platform/house.ts'
import { mailDelivery } from '../../packages/server/src/platform/mail/delivery.ts'
import { letterTo, openMailServer } from '../../packages/server/src/platform/mail/mail-server.fixture.ts'
import { smtpCarrier } from '../../packages/server/src/platform/mail/smtp.ts'

const evil = 'eve@evil.test'
/** What is put around, before, behind and between the parts of an honest address. */
const joints = [
  ',',
  ';',
  ' ',
  ', ',
  '\r\n',
  '\n',
  '\r',
  '\r\nBcc: ',
  '\nRCPT TO:<',
  '>\r\nRCPT TO:<',
  '\u0000',
  '\t',
  '\u000b',
  '\u0085',
  '\u2028',
  '\u2029',
  '\u00a0',
  '\u200b',
  '\u202e',
  '\u00ad',
  '\ufeff',
  '%0d%0a',
  '|',
  '!',
  '%',
  '@',
  '＠',
  '﹫',
  '@@',
  ':',
  '<',
  '>',
  '><',
  '(',
  ')',
  '"',
  "'",
  '\\',
  '\\"',
  '`',
  '$(id)',
  '=',
  '+',
  '/',
  '?cc=',
  '&',
  '#',
  '[',
  ']',
  '，',
  '；',
  '＜',
  '＞',
]
const corpus = [
  ...joints.flatMap((joint) => [
    `ada@example.test${joint}${evil}`,
    `${evil}${joint}ada@example.test`,
    `ada${joint}${evil}`,
    `ada@example.test${joint}`,
    `${joint}ada@example.test`,
    `ada${joint}x@example.test`,
    `ada@exam${joint}ple.test`,
  ]),
  `"ada@example.test, eve"@evil.test`,
  `"a\\"da"@example.test`,
  `"ada\r\nBcc: ${evil}"@example.test`,
  `Ada <ada@example.test>`,
  `Ada <ada@example.test>, ${evil}`,
  `group: ada@example.test, ${evil};`,
  'undisclosed-recipients:;',
  '@evil.test:ada@example.test',
  'ada%evil.test@example.test',
  'evil.test!ada@example.test',
  'ada@[127.0.0.1]',
  'ada@[IPv6:::1]',
  'ada@xn--example-.test',
  'ada@еxample.test',
  'аda@example.test',
  'ada@example。test',
  '=?utf-8?q?ada=40example.test=2C?=@evil.test',
  '=?utf-8?b?YWRhQGV4YW1wbGUudGVzdCw=?=@evil.test',
  `${'a'.repeat(64)}@example.test`,
  `${'a'.repeat(65)}@example.test`,
]

test(`C17, PW-25: each of ${corpus.length} hostile addresses is refused, or names one mailbox and gets one letter`, async () => {
  const house = await openHouse()
  const server = await openMailServer()
  try {
    const { carry } = smtpCarrier(
      { host: '127.0.0.1', port: server.port, tls: 'off', user: null, password: null },
      'id.example.com',
    )
    const taken = new Set(corpus.map(canonicalEmail).filter((address) => address !== null))
    ok(taken.size > 20, 'some of them are addresses, if odd ones')
    await house.database.commit([...taken].map((to) => house.mail.post(letterTo(to))))
    const mail = mailDelivery(house, carry, { from: 'Countersign <no-reply@id.example.com>' })
    for (let left = taken.size; left > 0; ) {
      await mail.deliver()
      const { length } = await house.letters()
      ok(length < left, `${length} letters stay`)
      left = length
    }
    // The mail server shows A-labels as what they stand for.
    const named = server.letters.flatMap(({ recipients }) => recipients.map(canonicalEmail))
    deepEqual(named.toSorted(), [...taken].toSorted())
    for (const { recipients, mail, raw } of server.letters) {
      equal(recipients.length, 1)
      deepEqual(
        mail.to?.map(({ address }) => canonicalEmail(address ?? '')),
        recipients.map(canonicalEmail),
      )
      deepEqual([mail.cc, mail.bcc, mail.replyTo], [undefined, undefined, undefined])
      equal(raw.match(/^to:/gim)?.length, 1)
    }
  } finally {
    await server.close()
    await house.close()
  }
})
