// The conformance suite's plan oidcc-3rdparty-init-login (3rd-Party Init OP), each test named after its module: a sign-in that
// begins at the server (OpenID Connect Core §4).
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { serverOfThisFile } from '../harness/server.ts'
import { DynamicTester } from './oidcc-dynamic-tester.ts'

let tester: DynamicTester
serverOfThisFile({
  env: { COUNTERSIGN_PROFILE: 'conformance' },
  prepare: async (server) => {
    tester = new DynamicTester(server)
    await tester.site.open()
  },
})
after(() => tester.site.close())

test('oidcc-3rd_party-init-login: who opens a client from their account is sent to it with our name, and signs in', async () => {
  const initiate_login_uri = tester.site.put('/begin', '<p>Begin</p>', 'text/html')
  const client = await tester.register({ initiate_login_uri })
  const person = tester.person(initiate_login_uri)
  await tester.code(person, tester.asking({ client_id: client.id }))
  const account = await person.open(`${tester.on.issuer}/account`)
  const opener = account.forms.find(
    ({ action, fields }) => /open$/.test(action) && fields.get('client') === client.id,
  )
  assert.ok(opener)
  const { left } = await person.submit({ ...account, forms: [opener] }, { client: client.id })
  assert.ok(left)
  assert.equal(left.href.startsWith(initiate_login_uri), true)
  const issuer = left.searchParams.get('iss')
  assert.equal(issuer, tester.on.issuer)
  // The client knows the server by that name, and asks for a sign-in, which needs no more answers.
  const asking = tester.asking({ client_id: client.id })
  const form = await tester.code(person, asking, {})
  const { access } = await tester.tokens(form, asking, client.credential)
  assert.equal((await tester.userinfo(access)).status, 200)
})

test('oidcc-3rd_party-init-login-nohttps: an address without TLS is not registered', async () => {
  for (const initiate_login_uri of ['http://rp.example/begin', 'begin', 'com.example.rp:/begin'])
    await tester.refuses({ initiate_login_uri }, 'invalid_client_metadata')
})
