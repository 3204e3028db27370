// RFC 8705 §2: clients that prove who they are by the certificate of their connection, and everybody who tries to be them.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import {
  type Asked,
  authority,
  clientAuth,
  type Issued,
  selfIssued,
  serverAuth,
} from '../../../../../tests/harness/certificates.ts'
import type { Answer, Visitor } from '../../platform/house.ts'
import { issuerAt } from '../../platform/http/issuer.ts'
import { type ClientDescription, checkClient, createClient } from '../clients/registration.ts'
import { bank, type OAuthHouse, openOAuthHouse, post } from '../house.ts'
import type { CertificateSubject } from './certificate-subject.ts'
import { mutualTlsBy, showing } from './certificates.fixture.ts'

const trusted = authority()
const subject = [
  ['C', 'DE'],
  ['O', 'Example'],
  ['CN', 'machine-1'],
] as const
const everyName: Asked = {
  subject,
  dns: ['machine-1.example'],
  uri: ['spiffe://example/machine-1'],
  email: ['Machine@Example.test'],
  ip: [Buffer.from([192, 0, 2, 7]), Buffer.from('20010db8000000000000000000000001', 'hex')],
  purposes: [clientAuth],
}
const own = selfIssued({ subject: [['CN', 'self']] })
const keyOnly = selfIssued({ subject: [['CN', 'key']] })

const registered: Readonly<Record<string, CertificateSubject>> = {
  'by-dn': { kind: 'dn', value: 'CN=machine-1,O=Example,C=DE' },
  'by-dns': { kind: 'dns', value: 'Machine-1.example' },
  'by-uri': { kind: 'uri', value: 'spiffe://example/machine-1' },
  'by-ip': { kind: 'ip', value: '192.0.2.7' },
  'by-ip6': { kind: 'ip', value: '2001:0DB8::1' },
  'by-email': { kind: 'email', value: 'Machine@example.TEST' },
}

const machine = (id: string): Pick<ClientDescription, 'id' | 'name' | 'grants' | 'scopes'> => ({
  id,
  name: `The machine ${id}`,
  grants: ['client_credentials'],
  scopes: ['accounts:read'],
})

let house: OAuthHouse
before(async () => {
  house = await openOAuthHouse({ mutualTls: mutualTlsBy(trusted) })
  const x5c = [own.x509.raw.toString('base64')]
  const descriptions: ClientDescription[] = [
    ...Object.entries(registered).map(([id, certificateSubject]) => ({
      ...machine(id),
      authentication: 'tls_client_auth' as const,
      certificateSubject,
    })),
    {
      ...machine('by-own'),
      authentication: 'self_signed_tls_client_auth',
      jwks: { keys: [{ ...own.publicKey.export({ format: 'jwk' }), kid: 'a', x5c }] },
    },
    {
      ...machine('by-key'),
      authentication: 'self_signed_tls_client_auth',
      jwks: {
        keys: [
          keyOnly.publicKey.export({ format: 'jwk' }),
          { ...selfIssued().publicKey.export({ format: 'jwk' }), use: 'enc' },
        ],
      },
    },
  ]
  for (const description of descriptions) {
    const created = await createClient(house, description)
    assert.equal(created.ok, true, JSON.stringify(created))
  }
})

const ask = (by: Visitor, id: string, more: Record<string, string> = {}): Promise<Answer> =>
  post(by, '/oauth/token', { grant_type: 'client_credentials', resource: bank, client_id: id, ...more })

async function admitted(by: Visitor, id: string): Promise<void> {
  const answer = await ask(by, id)
  assert.equal(answer.status, 200, `${id}: ${answer.body}`)
}

/** @returns why, as the log has it */
async function refused(by: Visitor, id: string): Promise<string> {
  // Failures are counted, and too many would be answered with 429.
  house.runtime.advance(60)
  const answer = await ask(by, id)
  assert.deepEqual([answer.status, answer.json()['error']], [401, 'invalid_client'], id)
  return house.logged.at(-1) ?? ''
}

describe('tls_client_auth', () => {
  test('TK-12: a client is known by the one name that is registered of its certificates', async () => {
    const program = showing(house, trusted.issue(everyName))
    for (const id of Object.keys(registered)) await admitted(program, id)
  })

  test('TK-12: a certificate of another name is another client’s', async () => {
    const others: Readonly<Record<string, Asked>> = {
      'by-dn': { ...everyName, subject: [...subject.slice(0, 2), ['CN', 'machine-2']] },
      'by-dns': { ...everyName, dns: ['machine-2.example', '*.example', 'machine-1.example.evil.test'] },
      'by-uri': { ...everyName, uri: ['spiffe://example/machine-1/', 'SPIFFE://example/machine-1'] },
      'by-ip': { ...everyName, ip: [Buffer.from([192, 0, 2, 8])], dns: ['192.0.2.7'] },
      'by-ip6': { ...everyName, ip: [Buffer.from([192, 0, 2, 7])] },
      'by-email': { ...everyName, email: ['machine@example.test'] },
    }
    for (const [id, asked] of Object.entries(others))
      assert.match(await refused(showing(house, trusted.issue(asked)), id), /another subject/)
  })

  test('TK-12: a name in the wrong place is none', async () => {
    const asked: Asked = { subject: [['CN', 'machine-1.example']] }
    await refused(showing(house, trusted.issue(asked)), 'by-dns')
    await refused(
      showing(house, trusted.issue({ subject: [['CN', 'x']], dns: ['spiffe://example/machine-1'] })),
      'by-uri',
    )
  })

  const impostors: Readonly<Record<string, () => Issued[]>> = {
    'of the same names, by another authority': () => [authority('Another').issue(everyName)],
    'of the same names, by an authority of the same name': () => [authority().issue(everyName)],
    'of the same names, by itself': () => [selfIssued(everyName)],
    'that has expired': () => [trusted.issue({ ...everyName, until: Math.floor(Date.now() / 1000) - 10 })],
    'that is not valid yet': () => [
      trusted.issue({ ...everyName, from: Math.floor(Date.now() / 1000) + 86_000 }),
    ],
    'of an authority': () => [trusted.issue({ ...everyName, ca: true })],
    'for servers': () => [trusted.issue({ ...everyName, purposes: [serverAuth] })],
    'that another client’s certificate issued': () => {
      const client = trusted.issue({ subject: [['CN', 'machine-2']] })
      return [client.issue(everyName), client]
    },
  }
  for (const [what, make] of Object.entries(impostors)) {
    test(`TK-12: a certificate ${what} is nobody’s`, async () => {
      const [shown, ...between] = make()
      assert.ok(shown)
      const why = await refused(showing(house, shown, ...between), 'by-dn')
      assert.match(why, /client certificate: (?:no trusted authority|it is )/)
      assert.ok(!why.includes('machine-1'), 'the log names no certificate')
    })
  }

  test('TK-12: without a certificate, by whatever else it says, it is nobody', async () => {
    const none = house.visitor()
    assert.match(await refused(none, 'by-dn'), /came without one/)
    const more = { client_secret: 'x'.repeat(43) }
    house.runtime.advance(60)
    assert.equal((await ask(none, 'by-dn', more)).status, 401)
    // TK-11: a certificate does not make up for another way of authentication.
    assert.equal((await ask(showing(house, trusted.issue(everyName)), 'by-dn', more)).status, 401)
  })

  test('a header alone is no certificate', async () => {
    const shown = trusted.issue(everyName)
    for (const name of ['client-cert', 'x-client-cert', 'x-ssl-client-cert', 'ssl-client-cert']) {
      const headers = { [name]: shown.escaped }
      house.runtime.advance(60)
      const form = { grant_type: 'client_credentials', client_id: 'by-dn' }
      assert.equal((await post(house.visitor(), '/oauth/token', form, headers)).status, 401)
    }
  })

  test('TK-06: a certificate is no other client’s, and no public client needs one', async () => {
    const program = showing(house, trusted.issue(everyName))
    await refused(program, 'machine')
    await refused(program, 'nobody-of-that-name')
    await refused(program, 'by-own')
  })
})

describe('self_signed_tls_client_auth', () => {
  test('TK-12: a client is known by a certificate or a key that it registered', async () => {
    await admitted(showing(house, own), 'by-own')
    await admitted(showing(house, keyOnly), 'by-key')
    const keyPair = {
      publicKey: keyOnly.publicKey,
      privateKey: (await import('node:crypto')).createPrivateKey(keyOnly.key),
    }
    await admitted(showing(house, selfIssued({ keyPair, subject: [['CN', 'renewed']] })), 'by-key')
  })

  test('TK-12: another certificate is nobody’s, whoever issued it and whatever it says', async () => {
    const sameNames = selfIssued({ subject: [['CN', 'self']] })
    assert.match(await refused(showing(house, sameNames), 'by-own'), /none of those/)
    assert.match(
      await refused(showing(house, trusted.issue({ subject: [['CN', 'self']] })), 'by-own'),
      /none of those/,
    )
    // The registered one is sent along, but it is not the one whose key the connection proved.
    await refused(showing(house, sameNames, own), 'by-own')
    await refused(showing(house, own), 'by-key')
    await refused(house.visitor(), 'by-own')
  })

  test('a certificate that is registered whole is not replaced by another one with its key', async () => {
    const keyPair = {
      publicKey: own.publicKey,
      privateKey: (await import('node:crypto')).createPrivateKey(own.key),
    }
    await refused(showing(house, selfIssued({ keyPair, subject: [['CN', 'self']] })), 'by-own')
  })
})

test('a certificate authenticates at every endpoint that asks who the client is', async () => {
  const program = showing(house, trusted.issue(everyName))
  const { access_token: token } = (await ask(program, 'by-dn')).json()
  const form = { token: String(token), client_id: 'by-dn' }
  assert.equal((await post(program, '/oauth/introspect', form)).json()['active'], true)
  house.runtime.advance(60)
  assert.equal((await post(house.visitor(), '/oauth/introspect', form)).status, 401)
  assert.equal((await post(house.visitor(), '/oauth/revoke', form)).status, 401)
  assert.equal((await post(program, '/oauth/revoke', form)).status, 200)
  assert.equal((await post(program, '/oauth/introspect', form)).json()['active'], false)
})

describe('what is registered', () => {
  const pathsOf = async (more: Partial<ClientDescription>): Promise<string[]> => {
    const created = await createClient(house, {
      ...machine('new'),
      authentication: 'tls_client_auth',
      ...more,
    })
    return created.ok ? [] : created.findings.map(({ path, code }) => `${path} ${code}`)
  }

  test('is exactly one name, well-formed', async () => {
    assert.deepEqual(await pathsOf({}), ['certificateSubject missing'])
    const wrong: CertificateSubject[] = [
      { kind: 'dn', value: 'machine-1' },
      { kind: 'dns', value: '*.example' },
      { kind: 'dns', value: 'a b' },
      { kind: 'uri', value: 'machine' },
      { kind: 'ip', value: '192.0.2' },
      { kind: 'email', value: 'nobody' },
    ]
    for (const certificateSubject of wrong)
      assert.deepEqual(await pathsOf({ certificateSubject }), ['certificateSubject malformed'])
    const unknown = { kind: 'thumbprint', value: 'x' } as unknown as CertificateSubject
    assert.deepEqual(await pathsOf({ certificateSubject: unknown }), ['certificateSubject unknown'])
  })

  test('fits the way of authentication', async () => {
    const certificateSubject = registered['by-dn'] ?? null
    assert.deepEqual(await pathsOf({ authentication: 'client_secret_basic', certificateSubject }), [
      'certificateSubject unused',
    ])
    const codes = (jwks?: Record<string, unknown>) =>
      checkClient({
        ...machine('new'),
        authentication: 'self_signed_tls_client_auth',
        ...(jwks !== undefined && { jwks }),
      }).map(({ path, code }) => `${path} ${code}`)
    assert.deepEqual(codes(), ['jwks missing'])
    assert.deepEqual(codes({ keys: [] }), ['jwks unusable'])
    assert.deepEqual(codes({ keys: [{ kty: 'EC', x5c: ['AAAA'] }] }), ['jwks unusable'])
    const { d, ...publicJwk } = (await import('node:crypto'))
      .createPrivateKey(own.key)
      .export({ format: 'jwk' })
    assert.deepEqual(codes({ keys: [{ ...publicJwk, d }] }), ['jwks secret_in_public'])
    assert.deepEqual(codes({ keys: [publicJwk] }), [])
  })
})

describe('metadata', () => {
  const metadataOf = async (
    mutualTls?: Parameters<typeof openOAuthHouse>[0] extends infer O
      ? NonNullable<O> extends { mutualTls?: infer M }
        ? M
        : never
      : never,
  ) => {
    const other = await openOAuthHouse(mutualTls === undefined ? {} : { mutualTls })
    const answer = await other.visitor().visit('/.well-known/oauth-authorization-server')
    return answer.json()
  }
  const methods = ['tls_client_auth', 'self_signed_tls_client_auth']

  test('a server that sees no certificates offers nothing that needs one', async () => {
    const document = await metadataOf()
    for (const method of methods)
      assert.ok(!String(document['token_endpoint_auth_methods_supported']).split(',').includes(method))
    assert.equal(document['tls_client_certificate_bound_access_tokens'], undefined)
    assert.equal(document['mtls_endpoint_aliases'], undefined)
  })

  test('one that trusts no authority offers only certificates that clients register', async () => {
    const document = await metadataOf({ authorities: [], address: null })
    const offered = document['token_endpoint_auth_methods_supported'] as string[]
    assert.deepEqual(
      methods.map((method) => offered.includes(method)),
      [false, true],
    )
  })

  test('one that asks for certificates says so, and where', async () => {
    const address = issuerAt('https://mtls.id.example:8443')
    const document = await metadataOf({ ...mutualTlsBy(trusted), address })
    const offered = document['introspection_endpoint_auth_methods_supported'] as string[]
    assert.deepEqual(
      methods.map((method) => offered.includes(method)),
      [true, true],
    )
    assert.equal(document['tls_client_certificate_bound_access_tokens'], true)
    const aliases = document['mtls_endpoint_aliases'] as Record<string, string>
    assert.equal(aliases['token_endpoint'], 'https://mtls.id.example:8443/oauth/token')
    assert.equal(aliases['pushed_authorization_request_endpoint'], 'https://mtls.id.example:8443/oauth/par')
    assert.equal(aliases['authorization_endpoint'], undefined)
    for (const [name, alias] of Object.entries(aliases))
      assert.equal(new URL(alias).pathname, new URL(String(document[name])).pathname)
  })
})
