import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openHouse } from '../platform/house.ts'
import {
  letterTo,
  type MailServer,
  type MailServerOptions,
  openMailServer,
} from '../platform/mail/mail-server.fixture.ts'
import { mailIsOpen, mailOutboxes, noMail } from './mail.ts'
import { mailRemarks } from './mail-remarks.ts'
import { loadSettings, type Mode } from './settings.ts'

const servers: MailServer[] = []
after(() => Promise.all(servers.map((server) => server.close())))

async function mailServer(options?: MailServerOptions): Promise<MailServer> {
  const server = await openMailServer(options)
  servers.push(server)
  return server
}

const url = { COUNTERSIGN_URL: 'https://id.example.com' }
const settingsOf = (
  env: Record<string, string>,
  mode: Mode = 'production',
  config: Record<string, unknown> = {},
) => loadSettings({ env: { ...url, ...env }, config, mode })

test('the doctor says whether there is a way for letters, and how to mend it', async () => {
  const said = async (env: Record<string, string>, mode?: Mode) => {
    const [{ level, found, mend } = assert.fail()] = await mailRemarks(settingsOf(env, mode).settings)
    return [level, found, mend]
  }
  const server = await mailServer()
  const address = `smtp://127.0.0.1:${server.port}`
  assert.deepEqual(await said({}), [
    'warning',
    'closed: nobody can be sent a link to choose a new password, or told of changes',
    'Set SMTP_URL and MAIL_FROM.',
  ])
  assert.deepEqual((await said({}, 'development')).slice(0, 2), ['ok', 'stays here, at /dev/mailbox'])
  assert.deepEqual((await said({ SMTP_URL: address })).slice(0, 2), [
    'ok',
    `127.0.0.1:${server.port} lets us in; from Countersign <no-reply@id.example.com>`,
  ])
  assert.equal((await said({ SMTP_URL: `${address}?tls=off` }))[0], 'warning')
  await server.close()
  const [level, found, mend] = await said({ SMTP_URL: address })
  assert.deepEqual([level, found], ['error', `127.0.0.1:${server.port} does not let us in (ECONNREFUSED)`])
  assert.match(mend ?? '', /host and the port/)
  const guarded = await mailServer({ account: { user: 'me', password: 'right' } })
  assert.match(
    (await said({ SMTP_URL: `smtp://me:wrong@127.0.0.1:${guarded.port}?tls=off` }))[2] ?? '',
    /user and the password/,
  )
})

test('a test letter goes out when it is asked for, to one address', async () => {
  const server = await mailServer()
  const { settings } = settingsOf({
    SMTP_URL: `smtp://127.0.0.1:${server.port}`,
    MAIL_FROM: 'Example <id@example.com>',
  })
  const [, sent] = await mailRemarks(settings, 'ada@example.test')
  assert.equal(sent?.level, 'ok')
  const [{ mail, recipients } = assert.fail()] = server.letters
  assert.deepEqual(recipients, ['ada@example.test'])
  assert.deepEqual([mail.subject, mail.from?.address], ['Mail arrives', 'id@example.com'])
  for (const nobody of ['ada', 'ada@example.test,eve@example.test'])
    assert.equal((await mailRemarks(settings, nobody))[1]?.level, 'error')
  server.behave({ recipient: () => 550 })
  assert.match((await mailRemarks(settings, 'ada@example.test'))[1]?.found ?? '', /status 550/)
  assert.equal(server.letters.length, 1)
  assert.equal((await mailRemarks(settingsOf({}).settings, 'ada@example.test'))[1]?.level, 'error')
})

test('SMTP_URL and MAIL_FROM come from the environment, from files or the configuration, and no password is shown', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-mail-'))
  const [address, from] = [join(folder, 'smtp-url'), join(folder, 'mail-from')]
  writeFileSync(address, 'smtps://me:a-hidden-word@mail.example.com\n')
  writeFileSync(from, 'Example <id@example.com>\n')
  const read = settingsOf({ SMTP_URL_FILE: address, MAIL_FROM_FILE: from })
  await rm(folder, { recursive: true })
  assert.deepEqual(read.findings, [])
  assert.equal(read.settings.mail.smtpUrl?.reveal(), 'smtps://me:a-hidden-word@mail.example.com')
  assert.equal(read.settings.mail.from, 'Example <id@example.com>')
  const printed = new Map(read.printed.map(({ name, value, origin }) => [name, [value, origin]]))
  assert.deepEqual(printed.get('smtpUrl'), ['smtps://me:[secret]@mail.example.com', 'SMTP_URL_FILE'])
  assert.deepEqual(printed.get('mailFrom'), ['Example <id@example.com>', 'MAIL_FROM_FILE'])
  assert.doesNotMatch(JSON.stringify(read), /a-hidden-word/)
  const written = settingsOf({}, 'production', { smtpUrl: 'smtp://mail', mailFrom: 'id@example.com' })
  assert.equal(written.settings.mail.smtpUrl?.reveal(), 'smtp://mail')
  const codes = settingsOf({ SMTP_URL: 'mail.example.com', MAIL_FROM: 'a@example.com, b@example.com' })
  assert.deepEqual(
    codes.findings.map(({ path, code }) => [path, code]),
    [
      ['SMTP_URL', 'invalid'],
      ['MAIL_FROM', 'invalid'],
    ],
  )
})

test('mail is open where there is a way out, or a mailbox; and an operator’s own function goes before SMTP', async () => {
  const open = (env: Record<string, string>, mode: Mode, config: Record<string, unknown> = {}) =>
    mailIsOpen(settingsOf(env, mode, config).settings)
  assert.equal(open({}, 'production'), false)
  assert.equal(open({}, 'development'), true)
  assert.equal(open({ SMTP_URL: 'smtp://mail' }, 'production'), true)
  assert.equal(open({}, 'production', { mail: async () => {} }), true)
  assert.deepEqual(
    settingsOf({}, 'production', { mail: 'smtp://mail' }).findings.map(({ code }) => code),
    ['invalid'],
  )
  const house = await openHouse({ development: false })
  assert.deepEqual(mailOutboxes(house, noMail), [])
  const carried: string[] = []
  const { settings } = settingsOf({ SMTP_URL: 'smtp://mail.invalid' }, 'production', {
    mail: async ({ to }: { to: string }) => {
      carried.push(to)
    },
  })
  await house.database.commit([house.mail.post(letterTo('ada@example.test'))])
  const [outbox = assert.fail()] = mailOutboxes(house, settings.mail)
  await outbox.deliver()
  assert.deepEqual(carried, ['ada@example.test'])
  await house.close()
})
