// Carries letters by SMTP (RFC 5321), one connection for each: to one mail server, over TLS unless it is this machine or
// the operator says otherwise (RFC 3207, RFC 8314). The library is loaded with the first letter.
import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import {
  type Carrier,
  CarrierUnavailable,
  LetterDelayed,
  LetterRefused,
  type OutgoingLetter,
} from './carrier.ts'
import { isOneMailbox } from './one-mailbox.ts'
import { readSender, type Sender, type SmtpServer } from './smtp-address.ts'

/** A mail server that takes letters. */
export interface SmtpCarrier {
  readonly carry: Carrier
  /**
   * Connects and signs in, and carries nothing.
   *
   * @returns whether the way there is encrypted
   * @throws CarrierUnavailable
   */
  verify(signal: AbortSignal): Promise<{ readonly encrypted: boolean }>
}

/** Milliseconds to be let in, to say nothing at all, and to say goodbye. */
const connectMs = 10_000
const silenceMs = 90_000
const goodbyeMs = 2000

/** @param ownName what we call ourselves (EHLO): a host name */
export function smtpCarrier(server: SmtpServer, ownName: string): SmtpCarrier {
  const withConnection = async <T>(
    signal: AbortSignal,
    use: (connection: SMTPConnection) => Promise<T>,
  ): Promise<T> => {
    const { default: Connection } = await import('nodemailer/lib/smtp-connection')
    const connection = new Connection(optionsOf(server, ownName))
    // A connection that fails while nobody waits for anything of it is nobody's concern.
    connection.on('error', () => {})
    const close = (): void => connection.close()
    signal.addEventListener('abort', close, { once: true })
    try {
      await letIn(connection, server)
      const used = await use(connection)
      takeLeave(connection)
      return used
    } catch (error) {
      connection.close()
      throw error
    } finally {
      signal.removeEventListener('abort', close)
    }
  }
  return {
    carry: async (letter, signal) => {
      const from = readSender(letter.from)
      if (from === null || !isOneMailbox(letter.to)) throw new LetterRefused('no address')
      const message = await composed(letter, from)
      await withConnection(signal, (connection) => send(connection, from.address, letter.to, message))
    },
    verify: (signal) => withConnection(signal, async ({ secure }) => ({ encrypted: secure })),
  }
}

/** Says goodbye, and does not wait long for an answer (RFC 5321 §4.1.1.10). */
function takeLeave(connection: SMTPConnection): void {
  const timer = setTimeout(() => connection.close(), goodbyeMs).unref()
  connection.once('end', () => clearTimeout(timer))
  connection.quit()
}

function optionsOf({ host, port, tls }: SmtpServer, ownName: string) {
  return {
    host,
    port,
    name: ownName,
    secure: tls === 'at-once',
    requireTLS: tls === 'required',
    ignoreTLS: tls === 'off',
    // Nobody stands between a machine and itself, and few have a certificate for that name.
    tls: { minVersion: 'TLSv1.2' as const, rejectUnauthorized: tls !== 'offered' },
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    dnsTimeout: connectMs,
    socketTimeout: silenceMs,
  }
}

/** Connects and signs in. @throws CarrierUnavailable: whatever fails here fails for every letter */
async function letIn(connection: SMTPConnection, { user, password }: SmtpServer): Promise<void> {
  try {
    await asked(connection, (done) => connection.connect(done))
    if (user !== null && password !== null)
      await asked(connection, (done) => connection.login({ user, pass: password }, done))
  } catch (error) {
    throw new CarrierUnavailable(becauseOf(error), { cause: error })
  }
}

/** @throws LetterRefused, LetterDelayed, CarrierUnavailable */
async function send(connection: SMTPConnection, from: string, to: string, message: Buffer): Promise<void> {
  try {
    const envelope = { from, to: [to], size: message.length }
    await asked(connection, (done) => connection.send(envelope, message, done))
  } catch (error) {
    throw judged(error)
  }
}

/** One step, which also ends when the connection does. */
function asked(
  connection: SMTPConnection,
  step: (done: (error?: Error | null) => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.once('error', reject)
    connection.once('end', () => reject(new Error('The connection has ended.')))
    step((error) => (error == null ? resolve() : reject(error)))
  })
}

/**
 * Whose fault it is. What the server says of the recipient or of the words is about this letter: 5xx for good, 4xx for
 * now (RFC 5321 §4.2.1). What it says of the sender, and what happens to the connection, is about every letter.
 */
function judged(error: unknown): Error {
  const { responseCode, code = '', command = '' } = error as Said
  const because = becauseOf(error)
  const status = typeof responseCode === 'number' ? responseCode : 0
  const isOfThisLetter = /^(?:RCPT TO|DATA)/.test(command) && status !== 421
  // The library's own: an address that it doesn't like, a message that the server has said is too long.
  const isImpossible = status === 0 && /^(?:EENVELOPE|EMESSAGE)$/.test(code)
  if (isImpossible || (isOfThisLetter && status >= 500)) return new LetterRefused(because)
  if (isOfThisLetter && status >= 400) return new LetterDelayed(because)
  return new CarrierUnavailable(because, { cause: error })
}

/** What the library adds to an error. */
interface Said {
  readonly responseCode?: number | false
  readonly code?: string
  readonly originalCode?: string
  readonly command?: string
}

/** For the log: a status or a code, never words of the server, which may repeat ours. */
function becauseOf(error: unknown): string {
  const { responseCode, code, originalCode } = error as Said
  if (typeof responseCode === 'number') return `status ${responseCode}`
  return originalCode ?? code ?? 'closed'
}

/** The letter as a message (RFC 5322): one recipient, no header that was not meant. */
async function composed(letter: OutgoingLetter, from: Sender): Promise<Buffer> {
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer')
  const { to, subject, text, html, messageId, date } = letter
  const message = new MailComposer({
    from: { ...from },
    to: { name: '', address: to },
    subject: subject.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' '),
    text,
    html,
    messageId,
    date: new Date(date * 1000),
    // RFC 3834 §5: nobody's out-of-office shall answer.
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return message.compile().build()
}
