// What RFC 8705 adds to client metadata: §2.1.2, the name of a client's certificates, and §3.4, tokens bound to them.
import { flag, type Members, type Reading, text } from '../clients/metadata/reading.ts'
import { type MetadataRow, member } from '../clients/metadata/row.ts'
import type { CertificateNameKind } from './certificate-subject.ts'

const kinds: Readonly<Record<string, CertificateNameKind>> = {
  tls_client_auth_subject_dn: 'dn',
  tls_client_auth_san_dns: 'dns',
  tls_client_auth_san_uri: 'uri',
  tls_client_auth_san_ip: 'ip',
  tls_client_auth_san_email: 'email',
}

/**
 * §2.1.2: "A client using the "tls_client_auth" authentication method MUST use exactly one of the below metadata
 * parameters".
 */
const oneTooMany: Reading<never> = {
  must: 'stands beside another name of the certificate',
  read: () => undefined,
}

function readSubject(given: Members) {
  const named = Object.keys(kinds).filter((wire) => given.names.includes(wire))
  const [first, ...more] = named
  for (const wire of more) given.get(wire, oneTooMany)
  const kind = kinds[first ?? '']
  const value = first === undefined ? undefined : given.get(first, text())
  return kind === undefined || value === undefined ? {} : { certificateSubject: { kind, value } }
}

/** The rows, in the order in which they are printed. */
export const certificateRows: readonly MetadataRow[] = [
  {
    names: Object.fromEntries(Object.keys(kinds).map((wire) => [wire, 'certificateSubject'])),
    parse: readSubject,
    print: ({ certificateSubject }) => {
      const [wire] = Object.entries(kinds).find(([, kind]) => kind === certificateSubject?.kind) ?? []
      return wire === undefined ? {} : { [wire]: certificateSubject?.value }
    },
  },
  member('tls_client_certificate_bound_access_tokens', 'certificateBoundAccessTokens', flag),
]
