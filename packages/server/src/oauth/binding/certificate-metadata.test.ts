// RFC 8705 §2.1.2, §3.4: what is registered, as names on the wire.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aClient } from '../clients/client.fixture.ts'
import { parseMetadata, printMetadata } from '../clients/metadata/metadata.ts'

const names = {
  tls_client_auth_subject_dn: { kind: 'dn', value: 'CN=client' },
  tls_client_auth_san_dns: { kind: 'dns', value: 'client.example' },
  tls_client_auth_san_uri: { kind: 'uri', value: 'spiffe://example/client' },
  tls_client_auth_san_ip: { kind: 'ip', value: '192.0.2.1' },
  tls_client_auth_san_email: { kind: 'email', value: 'client@example.test' },
} as const

test('each name on the wire is one kind of name, and is printed as it was given', () => {
  for (const [wire, certificateSubject] of Object.entries(names)) {
    const parsed = parseMetadata({ [wire]: certificateSubject.value }, 'client')
    assert.deepEqual(parsed.ok && parsed.description.certificateSubject, certificateSubject)
    const printed = printMetadata(aClient({ certificateSubject }), 'client')
    assert.deepEqual(
      Object.keys(names).filter((name) => name in printed),
      [wire],
    )
    assert.equal(printed[wire], certificateSubject.value)
  }
})

test('two names of the certificate are one too many', () => {
  const given = { tls_client_auth_subject_dn: 'CN=client', tls_client_auth_san_dns: 'client.example' }
  const parsed = parseMetadata(given, 'client')
  assert.deepEqual(parsed.ok ? [] : parsed.findings.map(({ path }) => path), ['tls_client_auth_san_dns'])
})

test('a client says whether its tokens are bound to its certificate', () => {
  const given = { tls_client_certificate_bound_access_tokens: true }
  const parsed = parseMetadata(given, 'client')
  assert.equal(parsed.ok && parsed.description.certificateBoundAccessTokens, true)
  const printed = printMetadata(aClient({ certificateBoundAccessTokens: true }), 'client')
  assert.equal(printed['tls_client_certificate_bound_access_tokens'], true)
  assert.equal(printMetadata(aClient({}), 'client')['tls_client_auth_subject_dn'], undefined)
})
