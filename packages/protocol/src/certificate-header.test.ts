import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { authority, selfIssued } from '../../../tests/harness/certificates.ts'
import { certificateThumbprint, readCertificateHeader } from './certificate-header.ts'
import { sha256Base64url as onTheWeb } from './jose/crypto.web.ts'

const own = selfIssued()

test('a certificate is read from both forms of the header, and its thumbprint is that of its DER', () => {
  for (const value of [own.escaped, own.byteSequence]) {
    const [der, ...more] = readCertificateHeader(value) ?? []
    assert.ok(der)
    assert.deepEqual([Buffer.from(der).equals(own.x509.raw), more], [true, []])
    const expected = createHash('sha256').update(own.x509.raw).digest('base64url')
    assert.deepEqual([certificateThumbprint(der), onTheWeb(der)], [expected, expected])
  }
})

test('a chain comes after the client’s own certificate', () => {
  const root = authority()
  const chain = readCertificateHeader(encodeURIComponent(own.cert + root.cert))
  assert.deepEqual(chain?.map(certificateThumbprint), [own.thumbprint, root.thumbprint])
})

test('HT-15 HT-16: whatever is no certificate is none, in no time', () => {
  const none = [
    '',
    ':',
    '::',
    ': :',
    ':AAAA',
    ':AA=A:',
    ':AAB=:',
    ':====:',
    `${own.byteSequence},${own.byteSequence}`,
    `${own.byteSequence};q=1`,
    own.cert.replaceAll('\n', ' '),
    own.escaped.toLowerCase(),
    `%0A${own.escaped}`,
    `${own.escaped}x`,
    '%',
    '%ff',
    `-----BEGIN CERTIFICATE-----${'%0A'.repeat(4000)}`,
    `:${'A'.repeat(20_000)}:`,
  ]
  for (const value of none) assert.equal(readCertificateHeader(value), null, value.slice(0, 40))
})
