// RFC 5280 §6 as far as it is needed here: who vouches for a client's certificate, and who only seems to.
import assert from 'node:assert/strict'
import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import {
  type Asked,
  authority,
  clientAuth,
  type Issued,
  selfIssued,
  serverAuth,
} from '../../../../../tests/harness/certificates.ts'
import { authorityFault, authorityOf, chainFault } from './tls-authorities.ts'
import { certificateOfHeader } from './tls-certificate.ts'

const now = Math.floor(Date.now() / 1000)
const trusted = authority()
const escaped = (...all: Issued[]): string => encodeURIComponent(all.map(({ cert }) => cert).join(''))

/** Why a certificate, with what its client sends beside it, is not vouched for; null where it is. */
function faultOf(
  own: Issued,
  between: readonly Issued[] = [],
  by: readonly Issued[] = [trusted],
): string | null {
  return chainFault(
    certificateOfHeader(escaped(own, ...between)),
    by.map(({ x509 }) => authorityOf(x509)),
    now,
  )
}

test('a certificate that a trusted authority issued for clients is vouched for', () => {
  const good: Asked[] = [
    {},
    { purposes: [clientAuth] },
    { purposes: [serverAuth, clientAuth], keyUsage: [0, 2] },
    { purposes: ['2.5.29.37.0'] },
  ]
  for (const asked of good) assert.equal(faultOf(trusted.issue(asked)), null)
})

test('whatever kind of key an authority has, what it signed is its own', () => {
  const pairs = [
    generateKeyPairSync('rsa', { modulusLength: 2048 }),
    generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    generateKeyPairSync('ed25519'),
  ]
  for (const keyPair of pairs) {
    const one = authority('Of another kind', { keyPair })
    assert.equal(faultOf(one.issue(), [], [one]), null)
  }
})

test('intermediate authorities are followed as the client sends them, in any order, to one that is trusted', () => {
  const first = trusted.issue({ subject: [['CN', 'first']], ca: true, keyUsage: [5] })
  const second = first.issue({ subject: [['CN', 'second']], ca: true })
  const own = second.issue()
  assert.equal(faultOf(own, [second, first]), null)
  assert.equal(faultOf(own, [first, second, trusted]), null)
  assert.equal(faultOf(own, [], [first, second]), null, 'an intermediate one may be trusted itself')
  assert.match(faultOf(own, [second]) ?? '', /no trusted authority/)
})

test('the same names of another authority vouch for nobody', () => {
  const impostor = authority()
  assert.equal(impostor.x509.subject, trusted.x509.subject)
  assert.match(faultOf(impostor.issue()) ?? '', /no trusted authority/)
  assert.match(faultOf(impostor.issue(), [impostor]) ?? '', /no trusted authority/)
})

test('who was vouched for vouches for nobody: a client’s certificate issues none, whatever it signs', () => {
  const client = trusted.issue({ subject: [['CN', 'client']] })
  assert.match(faultOf(client.issue(), [client]) ?? '', /no trusted authority/)
  const withoutUse = trusted.issue({ subject: [['CN', 'ca']], ca: true, keyUsage: [0] })
  assert.match(faultOf(withoutUse.issue(), [withoutUse]) ?? '', /no trusted authority/)
})

test('an authority is no client', () => {
  assert.match(faultOf(trusted) ?? '', /authority’s/)
  assert.match(faultOf(trusted.issue({ ca: true })) ?? '', /authority’s/)
})

test('dates count, those of every authority on the way too', () => {
  assert.match(faultOf(trusted.issue({ until: now - 1 })) ?? '', /not valid now/)
  assert.match(faultOf(trusted.issue({ from: now + 60 })) ?? '', /not valid now/)
  const past = trusted.issue({ subject: [['CN', 'past']], ca: true, until: now - 1 })
  assert.match(faultOf(past.issue(), [past]) ?? '', /no trusted authority/)
  const retired = authority('Retired', { until: now - 1 })
  assert.match(faultOf(retired.issue(), [], [retired]) ?? '', /no trusted authority/)
})

test('a certificate for servers, or not for signatures, proves no client', () => {
  assert.match(faultOf(trusted.issue({ purposes: [serverAuth] })) ?? '', /not for clients/)
  assert.match(faultOf(trusted.issue({ keyUsage: [2] })) ?? '', /not for signatures/)
  const forServers = trusted.issue({ subject: [['CN', 's']], ca: true, purposes: [serverAuth] })
  assert.match(faultOf(forServers.issue(), [forServers]) ?? '', /no trusted authority/)
})

test('a limit that is not understood is not passed over', () => {
  assert.match(faultOf(trusted.issue({ unknownCritical: true })) ?? '', /not understood/)
  const limited = trusted.issue({ subject: [['CN', 'limited']], ca: true, unknownCritical: true })
  assert.match(faultOf(limited.issue(), [limited]) ?? '', /no trusted authority/)
})

test('an authority that may have none below it has none', () => {
  const last = trusted.issue({ subject: [['CN', 'last']], ca: true, pathLength: 0 })
  assert.equal(faultOf(last.issue(), [last]), null)
  const below = last.issue({ subject: [['CN', 'below']], ca: true })
  assert.match(faultOf(below.issue(), [below, last]) ?? '', /no trusted authority/)
})

test('signatures with SHA-1 and authorities with short keys vouch for nobody', () => {
  assert.match(faultOf(trusted.issue({ hash: 'sha1' })) ?? '', /no trusted authority/)
  const short = authority('Short', { keyPair: generateKeyPairSync('rsa', { modulusLength: 1024 }) })
  assert.match(faultOf(short.issue(), [], [short]) ?? '', /no trusted authority/)
})

test('a path that goes in circles ends', () => {
  const a = authority('A')
  const b = a.issue({ subject: [['CN', 'B']], ca: true })
  assert.match(faultOf(b.issue(), [b, a, b, a]) ?? '', /no trusted authority/)
})

test('an operator who trusts what is no authority is told', () => {
  const of = (one: Issued) => authorityFault(authorityOf(one.x509), now)
  assert.equal(of(trusted), null)
  assert.match(of(selfIssued()) ?? '', /basicConstraints/)
  assert.match(of(authority('x', { keyUsage: [0] })) ?? '', /keyUsage/)
  assert.match(of(authority('x', { until: now - 1 })) ?? '', /not valid/)
  assert.match(of(authority('x', { unknownCritical: true })) ?? '', /not understood/)
})

test('C3: authorities that a client makes up, each vouching for each, cost no calculation with their keys', (t) => {
  const keyPair = generateKeyPairSync('ec', { namedCurve: 'P-521' })
  const made = Array.from({ length: 6 }, () => authority('Made up', { keyPair }))
  const own = made[0]?.issue() ?? assert.fail()
  const verify = t.mock.method(X509Certificate.prototype, 'verify')
  assert.equal(faultOf(own, made), 'no trusted authority issued it')
  assert.equal(verify.mock.callCount(), 0)
})
