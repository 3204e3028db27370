// Whose certificate a client of `tls_client_auth` shows (RFC 8705 §2.1.2): exactly one name of it is registered, and a
// certificate that a trusted authority issued to that name is the client's.
import { isIP } from 'node:net'
import type { CertificateContents } from '../../platform/http/tls-x509.ts'
import type { ExtraRow } from '../clients/extras.ts'
import type { ClientFinding } from '../clients/registration.ts'
import { isSameName, readDistinguishedName } from './distinguished-name.ts'

/** Kinds of names: the subject's own, or one of subjectAltName. */
export type CertificateNameKind = 'dn' | 'dns' | 'uri' | 'ip' | 'email'

/** The one name by which a client is known. */
export interface CertificateSubject {
  readonly kind: CertificateNameKind
  /** For `dn` a text of RFC 4514. */
  readonly value: string
}

interface NameRow {
  /** What is wrong with a value as registered. */
  readonly fault: (value: string) => string | null
  readonly isOf: (contents: CertificateContents, value: string) => boolean
}

const names: { readonly [K in CertificateNameKind]: NameRow } = {
  dn: {
    fault: (value) =>
      readDistinguishedName(value) === null ? 'must be a distinguished name of RFC 4514' : null,
    isOf: ({ subject }, value) => {
      const registered = readDistinguishedName(value)
      return registered !== null && isSameName(registered, subject)
    },
  },
  dns: {
    // A certificate for many names is nobody's in particular.
    fault: (value) =>
      /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(
        value,
      )
        ? null
        : 'must be a host name',
    isOf: ({ alternativeNames: { dns } }, value) =>
      dns.some((name) => name.toLowerCase() === value.toLowerCase()),
  },
  uri: {
    fault: (value) => (/^[\x21-\x7e]{1,1024}$/.test(value) && URL.canParse(value) ? null : 'must be a URI'),
    // RFC 8705 §2.1.2: compared as texts.
    isOf: ({ alternativeNames: { uri } }, value) => uri.includes(value),
  },
  ip: {
    fault: (value) => (isIP(value) === 0 ? 'must be an IP address' : null),
    isOf: ({ alternativeNames: { ip } }, value) => {
      const registered = bytesOf(value)
      return registered !== null && ip.some((address) => address.equals(registered))
    },
  },
  email: {
    fault: (value) =>
      /^[\x21-\x3f\x41-\x7e]{1,64}@[a-z0-9.-]{1,253}$/i.test(value) ? null : 'must be an e-mail address',
    isOf: ({ alternativeNames: { email } }, value) => email.some((name) => mailbox(name) === mailbox(value)),
  },
}

/** The member of a client: none, or one name. Never quotes a value. */
export const certificateSubject: ExtraRow<CertificateSubject | null> = {
  usual: null,
  check: (subject, description) => {
    if (subject === null) return []
    if (description.authentication !== 'tls_client_auth')
      return [finding('unused', 'goes with tls_client_auth')]
    if (!Object.hasOwn(names, subject.kind)) return [finding('unknown', 'is of no kind that is known here')]
    const fault = names[subject.kind].fault(subject.value)
    return fault === null ? [] : [finding('malformed', fault)]
  },
}

/** Whether a certificate, which somebody vouches for, names this subject. */
export function isOfSubject(contents: CertificateContents, { kind, value }: CertificateSubject): boolean {
  return names[kind].isOf(contents, value)
}

/** RFC 5280 §7.5: the host without regard to case, what stands before it byte for byte. */
function mailbox(address: string): string {
  const at = address.lastIndexOf('@')
  return address.slice(0, at) + address.slice(at).toLowerCase()
}

function bytesOf(address: string): Buffer | null {
  const version = isIP(address)
  if (version === 4) return Buffer.from(address.split('.').map(Number))
  if (version !== 6 || address.includes('%')) return null
  // The URL parser knows every spelling of RFC 4291 §2.2 and writes one.
  const host = new URL(`http://[${address}]/`).hostname.slice(1, -1)
  const [before = '', after] = host.split('::')
  const groups = (text: string | undefined): string[] =>
    (text ?? '').split(':').filter((group) => group !== '')
  const [first, last] = [groups(before), groups(after)]
  const between = Array.from({ length: 8 - first.length - last.length }, () => '0')
  const all = [...first, ...between, ...last].map((group) => Number.parseInt(group, 16))
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]))
}

function finding(code: string, message: string): ClientFinding {
  return { path: 'certificateSubject', code, message }
}
