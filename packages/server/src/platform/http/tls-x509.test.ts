// Certificates as nobody should make them: whatever the bytes, they are read, or refused in one way and at once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { authority, clientAuth, element, selfIssued } from '../../../../../tests/harness/certificates.ts'
import { DerError, oidOf, readDer } from './tls-der.ts'
import { readCertificate } from './tls-x509.ts'

const { raw } = selfIssued({
  subject: [
    ['O', 'Example'],
    [
      ['CN', 'one'],
      ['serialNumber', '7'],
    ],
  ],
  dns: ['client.example'],
  ip: [Buffer.from([192, 0, 2, 1])],
  keyUsage: [0],
  purposes: [clientAuth],
}).x509

/** Whether the bytes are read. @throws whatever is no refusal */
function isRead(bytes: Buffer): boolean {
  try {
    readCertificate(bytes)
    return true
  } catch (error) {
    if (error instanceof DerError) return false
    throw error
  }
}

test('HT-15: a certificate with any byte changed is read or refused, and nothing else happens', () => {
  assert.equal(isRead(raw), true)
  let refused = 0
  for (let at = 0; at < raw.length; at++) {
    for (const change of [0x00, 0x80, 0xff, (raw[at] ?? 0) ^ 0x01, (raw[at] ?? 0) ^ 0x20]) {
      const bytes = Buffer.from(raw)
      bytes[at] = change
      if (!isRead(bytes)) refused++
    }
  }
  assert.ok(refused > 100)
})

test('a certificate that is cut off anywhere is refused', () => {
  for (let length = 0; length < raw.length; length++) assert.equal(isRead(raw.subarray(0, length)), false)
  assert.equal(isRead(Buffer.concat([raw, Buffer.from([0])])), false)
})

test('a length in more bytes than it needs, of no end, or past the end is none', () => {
  for (const hex of ['30', '3080', '308100', '30820001ff', '3003', '30850000000000', '1f0100', '3001'])
    assert.throws(() => readDer(Buffer.from(hex, 'hex')), DerError, hex)
  assert.equal(readDer(Buffer.from('3000', 'hex')).content.length, 0)
})

test('object identifiers are read as they are written', () => {
  const written = { '2a864886f70d01010b': '1.2.840.113549.1.1.11', '550403': '2.5.4.3', '883703': '2.999.3' }
  for (const [hex, dotted] of Object.entries(written))
    assert.equal(oidOf(readDer(element(0x06, Buffer.from(hex, 'hex')))), dotted)
  for (const hex of ['', '2a86', 'ff'.repeat(12)])
    assert.throws(() => oidOf(readDer(element(0x06, Buffer.from(hex, 'hex')))), DerError)
})

test('an extension that stands there twice makes a certificate unreadable', () => {
  const twice = Buffer.from(raw)
  // extendedKeyUsage (2.5.29.37) becomes a second keyUsage (2.5.29.15).
  const at = twice.indexOf(Buffer.from('551d25', 'hex'))
  twice[at + 2] = 0x0f
  assert.equal(isRead(twice), false)
})

test('what an authority says of its limits is read', () => {
  const { contents } = { contents: readCertificate(authority('x', { pathLength: 3 }).x509.raw) }
  assert.deepEqual([contents.isAuthority, contents.pathLength, contents.keyUsage?.[5]], [true, 3, true])
})
