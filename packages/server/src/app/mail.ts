// How letters leave this server, as its settings say.
import type { Carrier } from '../platform/mail/carrier.ts'
import { mailDelivery } from '../platform/mail/delivery.ts'
import { mailboxCarrier } from '../platform/mail/mailbox.ts'
import { type SmtpCarrier, smtpCarrier } from '../platform/mail/smtp.ts'
import { readSmtpUrl } from '../platform/mail/smtp-address.ts'
import type { Outbox } from '../platform/outbox/outbox.ts'
import { type Platform, productName } from '../platform/platform.ts'
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

/** Nothing that anybody set. */
export const noMail: MailSettings = { carrier: undefined, smtpUrl: undefined, from: undefined }

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

/** The outbox of this process's letters; none where mail is closed. */
export function mailOutboxes(platform: Platform, mail: MailSettings): readonly Outbox[] {
  const carrier = carrierOf(platform, mail)
  return carrier === null ? [] : [mailDelivery(platform, carrier, { from: senderOf(platform.issuer, mail) })]
}

function carrierOf(platform: Platform, mail: MailSettings): Carrier | null {
  if (mail.carrier !== undefined) return mail.carrier
  const smtp = smtpOf(platform.issuer, mail)
  if (smtp !== null) return smtp.carry
  return platform.development ? mailboxCarrier(platform) : null
}

/** The mail server that the settings name; null for none. */
export function smtpOf(
  { url }: Pick<Platform['issuer'], 'url'>,
  { smtpUrl }: MailSettings,
): SmtpCarrier | null {
  const server = smtpUrl === undefined ? null : readSmtpUrl(smtpUrl.reveal())
  return server === null ? null : smtpCarrier(server, new URL(url).hostname)
}

/** Who letters are from. */
export function senderOf({ url }: Pick<Platform['issuer'], 'url'>, { from }: MailSettings): string {
  return from ?? `${productName} <no-reply@${new URL(url).hostname}>`
}

/** Whether letters come into the mailbox of the development server. */
export function hasMailbox({ mode, mail }: { readonly mode: Mode; readonly mail: MailSettings }): boolean {
  return mode === 'development' && mail.carrier === undefined && mail.smtpUrl === undefined
}
