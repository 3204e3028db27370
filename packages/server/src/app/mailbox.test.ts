import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '../../../../tests/harness/engines.ts'
import { edgeOf, type House, openHouse, Visitor } from '../platform/house.ts'
import { mailDelivery } from '../platform/mail/delivery.ts'
import type { LetterModel } from '../platform/mail/layout.letter.ts'
import { written } from '../platform/mail/layout.letter.ts'
import { mailboxCarrier } from '../platform/mail/mailbox.ts'
import { mailboxRoutes } from './mailbox.routes.ts'

const json = { headers: { accept: 'application/json' } }

function mailboxOf(house: House, goesElsewhere = false): Visitor {
  return new Visitor(edgeOf(house, mailboxRoutes(house, goesElsewhere)))
}

async function send(house: House, to: string, more: Partial<LetterModel> = {}): Promise<void> {
  const words = written(house.issuer, {
    subject: 'Choose a new password',
    body: ['Somebody asked for one.'],
    action: { label: 'Choose it', address: 'http://localhost:4400/reset#a-secret' },
    why: 'A test.',
    ...more,
  })
  await house.database.commit([house.mail.post({ to, kind: 'password.reset', ...words })])
  await mailDelivery(house, mailboxCarrier(house), { from: 'no-reply@localhost' }).deliver()
}

async function list(visitor: Visitor): Promise<Record<string, unknown>[]> {
  const answer = await visitor.visit('/dev/mailbox', json)
  return JSON.parse(answer.body) as Record<string, unknown>[]
}

onBothEngines('The mailbox of the development server', (open) => {
  test('what was sent is there, the newest first, for programs and for people', async () => {
    const house = await open()
    const visitor = mailboxOf(house)
    assert.deepEqual(await list(visitor), [])
    assert.match((await visitor.visit('/dev/mailbox')).body, /No mail yet/)
    await send(house, 'ada@example.test')
    house.runtime.advance(60)
    await send(house, 'grace@example.test', { subject: 'Another one' })
    const letters = await list(visitor)
    assert.deepEqual(
      letters.map(({ to, subject }) => [to, subject]),
      [
        ['grace@example.test', 'Another one'],
        ['ada@example.test', 'Choose a new password'],
      ],
    )
    const [{ id, text, html, sentAt } = assert.fail()] = letters
    assert.match(String(text), /http:\/\/localhost:4400\/reset#a-secret\n/)
    assert.match(String(html), /^<!doctype html>/)
    assert.equal(Date.parse(String(sentAt)) / 1000, house.runtime.now())
    const page = await visitor.visit('/dev/mailbox')
    assert.match(page.body, /Another one.*Choose a new password/s)
    const letter = await visitor.visit(`/dev/mailbox/${id}`)
    assert.match(letter.body, /<a href="http:\/\/localhost:4400\/reset#a-secret">/)
    assert.equal((await visitor.visit(`/dev/mailbox/${id}`, json)).json()['to'], 'grace@example.test')
    const none = await visitor.visit('/dev/mailbox/ltr_none', { headers: { accept: 'text/html' } })
    assert.equal(none.status, 404)
    assert.match(none.body, /<h1>There is nothing here<\/h1>/)
    assert.equal((await visitor.visit('/dev/mailbox/ltr_none', json)).json()['status'], 404)
  })

  test('it keeps the last two hundred letters, sealed', async () => {
    const house = await open()
    const carry = mailboxCarrier(house)
    const letter = {
      to: 'ada@example.test',
      from: 'x@example.test',
      text: '',
      html: '',
      date: 1,
      kind: 'mail.test',
    }
    for (let i = 0; i < 203; i++)
      await carry(
        { ...letter, subject: `Number ${i}`, messageId: `<ltr_${1000 + i}@localhost>` },
        new AbortController().signal,
      )
    const letters = await list(mailboxOf(house))
    assert.equal(letters.length, 200)
    assert.deepEqual([letters[0]?.['subject'], letters.at(-1)?.['subject']], ['Number 202', 'Number 3'])
    const stored = JSON.stringify(await house.database.read('select * from mailbox', []))
    assert.equal(/Number \d|ada@example/.test(stored), false)
  })
})

test('a letter is shown where nothing of it can run, reach out, or be mistaken for a page of ours', async () => {
  const house = await openHouse()
  const visitor = mailboxOf(house)
  await send(house, 'ada@example.test', {
    subject: '<img src=x onerror=alert(1)>',
    body: ['<script>alert(1)</script>'],
    action: { label: '"><b>', address: 'http://localhost:4400/reset?a="><b>' },
  })
  const [{ id } = assert.fail()] = await list(visitor)
  const shown = await visitor.visit(`/dev/mailbox/${id}/html`)
  assert.match(shown.header('content-security-policy') ?? '', /^default-src 'none'.*sandbox allow-popups/)
  assert.equal(shown.header('x-frame-options'), 'SAMEORIGIN')
  assert.match(shown.body, /<base target="_blank">/)
  const page = await visitor.visit(`/dev/mailbox/${id}`)
  assert.match(page.header('content-security-policy') ?? '', /frame-src 'self'/)
  assert.match(page.body, /<iframe [^>]*sandbox="allow-popups allow-popups-to-escape-sandbox"/)
  for (const { body } of [shown, page]) assert.doesNotMatch(body, /<img|<script>alert|"><b>/)
  await house.close()
})

test('a mailbox that nothing comes to says why, and production has none', async () => {
  const house = await openHouse()
  assert.match((await mailboxOf(house, true).visit('/dev/mailbox')).body, /SMTP_URL/)
  await house.close()
  const production = await openHouse({ development: false })
  for (const path of ['/dev/mailbox', '/dev/mailbox/ltr_1', '/dev/mailbox/ltr_1/html'])
    assert.equal((await mailboxOf(production).visit(path)).status, 404)
  await production.close()
})
