// RFC 4514: one name has many spellings, and no spelling of it is another name.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Asked, element, selfIssued } from '../../../../../tests/harness/certificates.ts'
import { computingMs } from '../../../../../tests/harness/own-time.ts'
import { readCertificate } from '../../platform/http/tls-x509.ts'
import { isSameName, readDistinguishedName } from './distinguished-name.ts'

/** Whether a text of RFC 4514 names the subject of a certificate. */
function names(text: string, subject: NonNullable<Asked['subject']>): boolean {
  const read = readDistinguishedName(text)
  return read !== null && isSameName(read, readCertificate(selfIssued({ subject }).x509.raw).subject)
}

const plain = [
  ['C', 'DE'],
  ['O', 'Example, Inc.'],
  ['OU', 'Payments'],
  ['CN', 'client-1'],
] as const

test('a name is found in every spelling that RFC 4514 allows', () => {
  const spellings = [
    'CN=client-1,OU=Payments,O=Example\\, Inc.,C=DE',
    'cn=client-1,ou=Payments,o=Example\\2c Inc.,c=DE',
    'CN=client-1, OU=Payments, O=Example\\, Inc., C=DE',
    '2.5.4.3=client-1,OU=Payments,O=Example\\, Inc.,2.5.4.6=DE',
    'CN=#0c08636c69656e742d31,OU=Payments,O=Example\\, Inc.,C=DE',
    'CN=#1308636C69656E742D31,OU=Payments,O=Example\\, Inc.,C=DE',
    'CN=CLIENT-1,OU=payments,O=example\\,  inc.,C=de',
  ]
  for (const text of spellings) assert.equal(names(text, plain), true, text)
})

test('another order, another part, one part more or less are another name', () => {
  const others = [
    'C=DE,O=Example\\, Inc.,OU=Payments,CN=client-1',
    'CN=client-1,OU=Payments,O=Example\\, Inc.',
    'CN=client-1,O=Example\\, Inc.,OU=Payments,C=DE',
    'CN=client-1,CN=client-1,OU=Payments,O=Example\\, Inc.,C=DE',
    'CN=client-2,OU=Payments,O=Example\\, Inc.,C=DE',
    'CN=client-1+OU=Payments,O=Example\\, Inc.,C=DE',
    'OU=client-1,OU=Payments,O=Example\\, Inc.,C=DE',
  ]
  for (const text of others) assert.equal(names(text, plain), false, text)
})

test('a value can’t pretend to be more parts: what is escaped is no separator, and what is not is one', () => {
  const sly = [['CN', 'client-1,OU=Payments,O=Example\\, Inc.,C=DE']] as const
  assert.equal(names('CN=client-1,OU=Payments,O=Example\\, Inc.,C=DE', sly), false)
  assert.equal(names('CN=client-1\\,OU\\=Payments\\,O\\=Example\\\\\\, Inc.\\,C\\=DE', sly), true)
  assert.equal(
    names('CN=a\\2cO=b', [
      ['O', 'b'],
      ['CN', 'a'],
    ]),
    false,
  )
})

test('several attributes of one part have no order, and are not parts of their own', () => {
  const joined = [
    ['O', 'Example'],
    [
      ['CN', 'one'],
      ['serialNumber', '7'],
    ],
  ] as const
  assert.equal(names('CN=one+serialNumber=7,O=Example', joined), true)
  assert.equal(names('SERIALNUMBER=7 + CN=one,O=Example', joined), true)
  assert.equal(names('CN=one,serialNumber=7,O=Example', joined), false)
  assert.equal(names('CN=one+serialNumber=7+OU=x,O=Example', joined), false)
})

test('a text is one text in every encoding of ASN.1, and bytes that are none stay bytes', () => {
  const ofBytes = (tag: number, bytes: Buffer) => [['CN', element(tag, bytes)]] as const
  assert.equal(names('CN=Zoë', ofBytes(12, Buffer.from('Zoë'))), true)
  assert.equal(names('CN=Zo\\c3\\ab', ofBytes(30, Buffer.from('Zoë', 'utf16le').swap16())), true)
  assert.equal(names('CN=Zoe\u0308', ofBytes(12, Buffer.from('Zoë'))), true)
  assert.equal(names('CN=x', ofBytes(19, Buffer.from('x'))), true)
  assert.equal(
    names('2.5.4.97=#0303000203', [['organizationIdentifier', element(3, Buffer.from([0, 2, 3]))]]),
    true,
  )
  assert.equal(
    names('2.5.4.97=#0303000204', [['organizationIdentifier', element(3, Buffer.from([0, 2, 3]))]]),
    false,
  )
  assert.equal(names('organizationIdentifier=PSDDE-1', [['organizationIdentifier', 'PSDDE-1']]), true)
})

test('what is no name is none', () => {
  const none = [
    '',
    ' ',
    'client-1',
    'CN',
    'CN=',
    'CN=a,',
    ',CN=a',
    'CN=a,,O=b',
    'CN=a;O=b',
    'CN="a"',
    'CN=a\\',
    'CN=a\\zb',
    'CN=\\ff',
    'CN=#',
    'CN=#0',
    'CN=#0c05',
    'XX=a',
    '1=a',
    '2.5.4.=a',
    'CN=a+',
    '/C=DE/CN=a',
    'constructor=a',
    'CN=a\0',
  ]
  for (const text of none) assert.equal(readDistinguishedName(text), null, JSON.stringify(text))
})

test('long texts are read in time that grows with their length alone', async () => {
  const took = await computingMs(() => {
    for (const text of [`CN=${'a\\'.repeat(5000)}`, `CN=${' '.repeat(20_000)}\\`, 'CN=a+'.repeat(5000)])
      assert.equal(readDistinguishedName(text), null)
  })
  assert.ok(took < 1000, `${took} ms`)
})
