// How letters leave this server, as its settings say.
import type { Carrier } from '../platform/mail/carrier.ts'
import { Secret } from '../platform/secret.ts'
import type { Finding, Mode } from './settings.ts'

/** How letters leave; with none of the first two they don’t, but into the mailbox of the development server. */
export interface MailSettings {
  /** An operator's own way, instead of SMTP. */
  readonly carrier: Carrier | undefined
  readonly smtpUrl: Secret | undefined
  /** Who they are from; undefined for `no-reply` at the issuer's host. */
  readonly from: string | undefined
}

/** Reads what is not in the table, and puts it together with what is. */
export function readMail(
  written: unknown,
  { smtpUrl, mailFrom }: { readonly smtpUrl?: unknown; readonly mailFrom?: unknown },
  findings: Finding[],
): MailSettings {
  const isCarrier = typeof written === 'function'
  if (written !== undefined && !isCarrier)
    findings.push({
      path: 'countersign.config: mail',
      code: 'invalid',
      message: 'countersign.config: mail must be a function that carries one letter.',
    })
  return {
    carrier: isCarrier ? (written as Carrier) : undefined,
    smtpUrl: typeof smtpUrl === 'string' ? new Secret(smtpUrl) : undefined,
    from: typeof mailFrom === 'string' ? mailFrom : undefined,
  }
}

/** Whether letters can leave at all. */
export function mailIsOpen({ mode, mail }: { readonly mode: Mode; readonly mail: MailSettings }): boolean {
  return mode === 'development' || mail.carrier !== undefined || mail.smtpUrl !== undefined
}
