// `SMTP_URL` and `MAIL_FROM`, read: where letters are handed over, under whose name, and how surely the way there is
// encrypted. Pure.
import { isOneMailbox } from './one-mailbox.ts'

/** Where letters are handed over. */
export interface SmtpServer {
  readonly host: string
  readonly port: number
  /**
   * `at-once` (smtps, RFC 8314 §3), `required` (STARTTLS, RFC 3207, or nothing is said), `offered` (STARTTLS where the
   * server has it: on this machine), or `off`.
   */
  readonly tls: 'at-once' | 'required' | 'offered' | 'off'
  readonly user: string | null
  readonly password: string | null
}

/** Who writes. */
export interface Sender {
  /** Empty for none. */
  readonly name: string
  readonly address: string
}

const ports = { 'smtp:': 587, 'smtps:': 465 } as const

/**
 * Reads an SMTP address: `smtps://user:password@host`, `smtp://host:25`. STARTTLS is required with `smtp:` unless the
 * host is this machine, or `?tls=off` says that the network in between is one’s own.
 *
 * @returns null for anything else
 */
export function readSmtpUrl(text: string): SmtpServer | null {
  const parsed = URL.parse(text)
  if (parsed === null || !(parsed.protocol === 'smtp:' || parsed.protocol === 'smtps:')) return null
  const { protocol, hostname, port, username, password, pathname, search, hash } = parsed
  if (!/^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])$/i.test(hostname) || hash !== '' || !/^\/?$/.test(pathname))
    return null
  if (search !== '' && !(protocol === 'smtp:' && search === '?tls=off')) return null
  if ((username === '') !== (password === '')) return null
  const user = decoded(username)
  const key = decoded(password)
  if (user === undefined || key === undefined) return null
  const tls =
    protocol === 'smtps:'
      ? 'at-once'
      : search !== ''
        ? 'off'
        : isThisMachine(hostname)
          ? 'offered'
          : 'required'
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? ports[protocol] : Number(port),
    tls,
    user,
    password: key,
  }
}

/** Null where nothing is given, undefined where it can't be read. */
function decoded(part: string): string | null | undefined {
  if (part === '') return null
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

/** Reads `no-reply@example.com` or `Example <no-reply@example.com>`; null for anything else. */
export function readSender(text: string): Sender | null {
  const [, quoted, name = quoted ?? '', address = text.trim()] =
    text.trim().match(/^(?:"([^"\\]*)"|([^"<>@\\]*?))\s*<([^<>]*)>$/) ?? []
  const plain = !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name)
  return plain && isOneMailbox(address) ? { name: name.trim(), address } : null
}
