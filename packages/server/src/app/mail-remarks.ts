// What the doctor says of mail: whether there is a way out, whether it lets us in, and, when asked, whether a letter
// takes it.
import { CarrierUnavailable, LetterDelayed, LetterRefused } from '../platform/mail/carrier.ts'
import { isOneMailbox } from '../platform/mail/one-mailbox.ts'
import { readSmtpUrl, type SmtpServer } from '../platform/mail/smtp-address.ts'
import { systemRuntime } from '../platform/runtime.ts'
import type { Remark } from './doctor.ts'
import { hasMailbox, senderOf, smtpOf } from './mail.ts'
import type { Settings } from './settings.ts'
import { testLetter } from './test-mail.letter.ts'

/** Milliseconds that a mail server is given. */
const patienceMs = 15_000
const what = 'Mail'

/** Looks at the way that letters take. @param to where a test letter is sent; none when left out */
export async function mailRemarks(settings: Settings, to?: string): Promise<Remark[]> {
  const way = await wayRemark(settings)
  if (to === undefined) return [way]
  return way.level === 'error' ? [way, notTried] : [way, await testRemark(settings, to)]
}

const notTried: Remark = {
  level: 'error',
  what: 'Test letter',
  found: 'was not sent: there is no way for it',
}

async function wayRemark(settings: Settings): Promise<Remark> {
  const { mail } = settings
  const from = senderOf(settings, mail)
  if (mail.carrier !== undefined)
    return { level: 'ok', what, found: `carried by the function of the configuration, from ${from}` }
  const server = mail.smtpUrl === undefined ? null : readSmtpUrl(mail.smtpUrl.reveal())
  if (server !== null) return smtpRemark(settings, server, from)
  return hasMailbox(settings)
    ? { level: 'ok', what, found: 'stays here, at /dev/mailbox' }
    : {
        level: 'warning',
        what,
        found: 'closed: nobody can be sent a link to choose a new password, or told of changes',
        mend: 'Set SMTP_URL and MAIL_FROM.',
      }
}

async function smtpRemark(settings: Settings, server: SmtpServer, from: string): Promise<Remark> {
  const place = `${server.host}:${server.port}`
  try {
    const verified = await smtpOf(settings, settings.mail)?.verify(AbortSignal.timeout(patienceMs))
    if (verified?.encrypted === true || server.tls === 'offered')
      return {
        level: 'ok',
        what,
        found: `${place} lets us in${verified?.encrypted === true ? ', encrypted' : ''}; from ${from}`,
      }
    return {
      level: 'warning',
      what,
      found: `${place} lets us in, and the network in between may read every letter`,
      mend: 'Take ?tls=off out of SMTP_URL, unless that network is yours alone.',
    }
  } catch (error) {
    return {
      level: 'error',
      what,
      found: `${place} does not let us in (${becauseOf(error)})`,
      mend: mendOf(error, server),
    }
  }
}

function mendOf(error: unknown, { tls }: SmtpServer): string {
  const because = becauseOf(error)
  if (because === 'status 535' || because === 'EAUTH') return 'Check the user and the password in SMTP_URL.'
  if (because === 'ETLS' || /CERT|SELF_SIGNED|UNABLE_TO/.test(because))
    return tls === 'required'
      ? 'The server has to offer STARTTLS with a certificate for that name; smtps:// is TLS from the start.'
      : 'The server has to speak TLS at that port, with a certificate for that name.'
  return 'Check the host and the port in SMTP_URL, and that they can be reached from here.'
}

async function testRemark(settings: Settings, to: string): Promise<Remark> {
  const failed = (found: string): Remark => ({ level: 'error', what: 'Test letter', found })
  if (!isOneMailbox(to)) return failed('was not sent: that is not one e-mail address')
  const { mail } = settings
  const carry = mail.carrier ?? smtpOf(settings, mail)?.carry
  if (carry === undefined) return failed('was not sent: no mail leaves from here; set SMTP_URL')
  const runtime = systemRuntime()
  const { subject, text, html } = testLetter({ host: new URL(settings.url).host })
  const messageId = `<${runtime.id('ltr')}@${new URL(settings.url).hostname}>`
  const letter = { to, from: senderOf(settings, mail), subject, text, html: String(html), messageId }
  try {
    await carry({ ...letter, date: runtime.now(), kind: 'mail.test' }, AbortSignal.timeout(patienceMs))
    return {
      level: 'ok',
      what: 'Test letter',
      found: 'was taken by the mail server; see whether it arrives, and not among the junk',
    }
  } catch (error) {
    return failed(`was not taken (${becauseOf(error)})`)
  }
}

function becauseOf(error: unknown): string {
  const known =
    error instanceof LetterRefused || error instanceof LetterDelayed || error instanceof CarrierUnavailable
  if (known) return error.because
  return error instanceof Error ? error.name : 'unknown failure'
}
