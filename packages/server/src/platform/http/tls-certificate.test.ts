// RFC 9440 §2 and nginx's $ssl_client_escaped_cert: what a proxy's header says, and what it can't.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { authority, element, selfIssued } from '../../../../../tests/harness/certificates.ts'
import { CertificateRefused, certificateOfHeader } from './tls-certificate.ts'

const own = selfIssued({
  subject: [
    ['C', 'DE'],
    ['O', 'Größe & Söhne'],
    [
      ['CN', 'one'],
      ['serialNumber', '7'],
    ],
  ],
  dns: ['client.example'],
  uri: ['spiffe://example/client'],
  email: ['client@example.test'],
  ip: [Buffer.from([192, 0, 2, 1])],
})

test('a certificate is read from either form of the header, and is the same one', () => {
  for (const value of [
    own.escaped,
    own.byteSequence,
    encodeURIComponent(own.cert.replaceAll('\n', '\r\n')),
  ]) {
    const { thumbprint, chain, contents } = certificateOfHeader(value)
    assert.deepEqual([thumbprint, chain], [own.thumbprint, []])
    assert.deepEqual(contents.subject, [
      [{ type: '2.5.4.6', value: 'DE' }],
      [{ type: '2.5.4.10', value: 'Größe & Söhne' }],
      [
        { type: '2.5.4.3', value: 'one' },
        { type: '2.5.4.5', value: '7' },
      ],
    ])
    assert.deepEqual(contents.alternativeNames, {
      dns: ['client.example'],
      uri: ['spiffe://example/client'],
      email: ['client@example.test'],
      ip: [Buffer.from([192, 0, 2, 1])],
    })
  }
})

test('a proxy that knows the chain may tell it', () => {
  const root = authority()
  const client = root.issue()
  const { thumbprint, chain } = certificateOfHeader(encodeURIComponent(client.cert + root.cert))
  assert.deepEqual(
    [thumbprint, chain.length, chain[0]?.fingerprint256],
    [client.thumbprint, 1, root.x509.fingerprint256],
  )
})

const der = own.x509.raw
const escapedDer = (bytes: Buffer): string => `:${bytes.toString('base64')}:`
const hostile: Readonly<Record<string, string>> = {
  nothing: '',
  'a text': 'CN=client',
  'no base64': ':***:',
  // Whether there is padding follows from the certificate's length.
  'base64 of another length than its bytes need': `${escapedDer(der).replaceAll('=', '')}A`,
  'base64 of the URL alphabet': `:${der.toString('base64url')}:`,
  'an empty sequence': '::',
  'half a certificate': escapedDer(der.subarray(0, 100)),
  'a certificate with something after it': escapedDer(Buffer.concat([der, Buffer.from('more')])),
  'two sequences': `${own.byteSequence}, ${own.byteSequence}`,
  'two PEMs, as repeated headers are joined': `${own.escaped}, ${own.escaped}`,
  'a parameter after the sequence': `${own.byteSequence};a=1`,
  'a PEM that is not escaped': own.cert.replaceAll('\n', '\t'),
  'a PEM with text before it': encodeURIComponent(`subject=CN=x\n${own.cert}`),
  'a PEM with text after it': encodeURIComponent(`${own.cert}subject=CN=x\n`),
  'a private key': encodeURIComponent(own.key),
  'an escape that is none': `${own.escaped}%zz`,
  'the label of an older PEM': own.escaped.replaceAll('CERTIFICATE', 'X509%20CERTIFICATE'),
  'more certificates than a chain has': encodeURIComponent(own.cert.repeat(9)),
  'more than a header should hold': own.escaped.padEnd(13_000, '%0A'),
  'DER that is no certificate': escapedDer(element(0x30, element(0x30), element(0x30), element(3))),
}
for (const [what, value] of Object.entries(hostile)) {
  test(`HT-16: ${what} is no certificate`, () => {
    assert.throws(() => certificateOfHeader(value), CertificateRefused)
  })
}
