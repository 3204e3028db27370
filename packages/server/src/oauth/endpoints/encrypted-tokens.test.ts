import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digest, importJwkSet, peekUnverified, TokenError, verifyToken } from '@countersign/protocol'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { type OwnKey, ownKey } from '../../../../../tests/harness/own-key.ts'
import { defineRole, grantRole } from '../../access/roles.store.ts'
import { endAllSessions } from '../../accounts/sessions/sessions.store.ts'
import { accessTokenHash } from '../../platform/keys/at-hash.ts'
import { saveApi } from '../apis/apis.store.ts'
import { createApi } from '../apis/registration.ts'
import { disableClient } from '../clients/clients.store.ts'
import { createClient } from '../clients/registration.ts'
import {
  ada,
  bank,
  clients,
  codeFor,
  exchange,
  introspected,
  type OAuthHouse,
  openOAuthHouse,
  post,
  refresh,
  rowCount,
  secret,
} from '../house.ts'

const vault = 'https://vault.example/api'
const options = { encryptedTokens: true }
const scope = 'openid email offline_access vault:read'

interface Encrypted extends OAuthHouse {
  readonly vaultKey: OwnKey
  readonly siteKey: OwnKey
}

/** A house with an API and a client that have their tokens encrypted. */
async function openEncrypted(house?: OAuthHouse): Promise<Encrypted> {
  const opened = house ?? (await openOAuthHouse(options))
  const [vaultKey, siteKey] = await Promise.all([
    ownKey('ECDH-ES+A256KW', 'A256GCM', 'vault'),
    ownKey('RSA-OAEP-256', 'A128CBC-HS256', 'site'),
  ])
  const api = await createApi(
    opened,
    {
      identifier: vault,
      scopes: [{ name: 'vault:read', description: 'Look inside' }],
      encryption: { ...vaultKey.encryption, jwk: vaultKey.jwk },
    },
    options,
  )
  assert.ok(api.ok && api.api.tokenFormat === 'encrypted')
  const made = await Promise.all([
    createClient(
      opened,
      {
        ...clients.web,
        id: 'sealed',
        scopes: [...clients.web.scopes, 'vault:read'],
        jwks: { keys: [siteKey.jwk] },
        idTokenEncryption: siteKey.encryption,
      },
      options,
    ),
    createClient(opened, { id: 'vault-api', name: 'The Vault', secret, api: vault }),
    createClient(opened, { id: 'robot', name: 'Robot', secret, scopes: ['vault:read'] }),
  ])
  for (const one of made) assert.ok(one.ok)
  await opened.database.commit([
    defineRole(opened.database, { name: 'archivist', description: '' }),
    grantRole(opened.database, ada.id, 'archivist'),
  ])
  return { ...opened, vaultKey, siteKey }
}

const asSealed = { client_id: 'sealed', client_secret: secret }

async function tokens(house: Encrypted, more = {}): Promise<Record<string, string>> {
  const wire = { redirect_uri: clients.web.redirectUris[0], client_id: 'sealed', scope, nonce: 'a nonce' }
  const code = (await codeFor(await house.signedIn(), { ...wire, ...more })).get('code')
  const answer = await exchange(house.visitor(), code, asSealed)
  assert.equal(answer.status, 200, answer.body)
  return answer.json() as Record<string, string>
}

async function jwksOf(house: OAuthHouse) {
  return importJwkSet((await house.visitor().visit('/oauth/jwks')).json())
}

/** Every text within the claims, and every number that is not small. */
function values(claims: object): string[] {
  return Object.values(claims).flatMap((value: unknown) =>
    typeof value === 'object' && value !== null
      ? values(value)
      : String(value).length > 3
        ? [String(value)]
        : [],
  )
}

/** What anybody can read of a token: each part, decoded. */
function readable(token: string): string {
  const parts = token.split('.')
  assert.equal(parts.length, 5)
  return [token, ...parts.map((part) => Buffer.from(part, 'base64url').toString('latin1'))].join('\n')
}

onBothEngines('Encrypted tokens', (open) => {
  test('an API opens with its own key what the standard says, and nobody else reads a claim of it', async () => {
    const house = await openEncrypted(await openOAuthHouse({ ...options, house: await open() }))
    const { access_token: access = '', id_token: id = '' } = await tokens(house)
    const inner = await house.vaultKey.open(access)
    const keys = await jwksOf(house)
    const held = { keys, issuer: house.issuer.url, now: house.runtime.now() }
    const { claims, header } = verifyToken('access', inner, { ...held, audience: vault })
    assert.equal(header.typ, 'at+jwt')
    assert.equal(claims.sub, ada.id)
    assert.equal(claims.scope, scope)
    assert.equal(claims.client_id, 'sealed')
    assert.deepEqual(claims['roles'], ['archivist'])
    const told = verifyToken('id', await house.siteKey.open(id), { ...held, audience: 'sealed' }).claims
    assert.equal(told.sub, ada.id)
    assert.equal(told['nonce'], 'a nonce')
    // What the client holds beside it is the encrypted one.
    assert.equal(told['at_hash'], accessTokenHash(access, 'ES256'))
    for (const [token, secrets] of [
      [access, [...values(claims), ...scope.split(' '), ada.email]],
      [id, [...values(told), ada.email]],
    ] as const) {
      for (const value of secrets) assert.equal(readable(token).includes(String(value)), false, String(value))
      const header = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())
      const names = Object.keys(header as object).filter((name) => name !== 'epk')
      assert.deepEqual(names.toSorted(), ['alg', 'cty', 'enc', 'kid'])
    }
  })

  test('the server knows it by what it wrote down: it is active, and whoever ends anything ends it too', async () => {
    const house = await openEncrypted(await openOAuthHouse({ ...options, house: await open() }))
    const { access_token: access = '' } = await tokens(house)
    const { claims } = peekUnverified(await house.vaultKey.open(access)) ?? assert.fail()
    for (const by of ['sealed', 'vault-api']) {
      const told = await introspected(house, access, by)
      assert.deepEqual(told, { active: true, token_type: 'Bearer', username: 'ada', ...claims })
    }
    assert.deepEqual(await introspected(house, access, 'web'), { active: false })
    const userinfo = async (token: string) =>
      house.visitor().visit('/oauth/userinfo', { headers: { authorization: `Bearer ${token}` } })
    assert.equal((await userinfo(access)).json()['email'], ada.email)
    // Neither the token nor the key that opens it is kept.
    const rows = JSON.stringify(await house.database.read('select * from access_tokens', []))
    assert.ok(rows.includes(digest(access)) && !rows.includes(access))

    const { status } = await post(house.visitor(), '/oauth/revoke', { token: access, ...asSealed })
    assert.equal(status, 200)
    assert.deepEqual(await introspected(house, access, 'vault-api'), { active: false })
    assert.equal((await userinfo(access)).status, 401)

    const ends: (() => Promise<unknown>)[] = [
      () => house.database.commit([endAllSessions(house.database, house.runtime.now(), ada.id)]),
      () => house.database.commit([disableClient(house.database, 'sealed', house.runtime.now())]),
      async () => house.runtime.advance(300),
    ]
    for (const end of ends) {
      const next = (await tokens(house))['access_token'] ?? ''
      assert.equal((await introspected(house, next, 'vault-api'))['active'], true)
      await end()
      assert.deepEqual(await introspected(house, next, 'vault-api'), { active: false })
      await house.database.commit([disableClient(house.database, 'sealed', null)])
      house.runtime.advance(1)
    }
  })
})

test('a token that its API has opened lives as long as the one that it came in', async () => {
  const house = await openEncrypted()
  const form = { grant_type: 'client_credentials', client_id: 'robot', client_secret: secret }
  const ask = async () => String((await post(house.visitor(), '/oauth/token', form)).json()['access_token'])
  const revoke = async (token: string) =>
    post(house.visitor(), '/oauth/revoke', { token, client_id: 'robot', client_secret: secret })
  const active = async (token: string) => (await introspected(house, token, 'vault-api'))['active']
  for (const ends of ['encrypted', 'inner'] as const) {
    const encrypted = await ask()
    const both = { encrypted, inner: await house.vaultKey.open(encrypted) }
    assert.deepEqual([await active(both.encrypted), await active(both.inner)], [true, true])
    await revoke(both[ends])
    assert.deepEqual([await active(both.encrypted), await active(both.inner)], [false, false], ends)
  }
  await house.close()
})

test('every grant issues them, and a refresh token keeps working', async () => {
  const house = await openEncrypted()
  let { refresh_token: token = '' } = await tokens(house)
  for (let round = 0; round < 2; round++) {
    const again = (await refresh(house.visitor(), token, asSealed)).json() as Record<string, string>
    const claims = peekUnverified(await house.vaultKey.open(again['access_token'] ?? ''))?.claims
    assert.equal(claims?.['aud'], vault)
    assert.equal(peekUnverified(await house.siteKey.open(again['id_token'] ?? ''))?.claims['sub'], ada.id)
    assert.notEqual(again['refresh_token'], token)
    token = again['refresh_token'] ?? ''
  }
  const form = { grant_type: 'client_credentials', client_id: 'robot', client_secret: secret }
  const own = String((await post(house.visitor(), '/oauth/token', form)).json()['access_token'])
  assert.equal(peekUnverified(await house.vaultKey.open(own))?.claims['sub'], 'robot')
  await house.close()
})

test('whoever did not ask for it gets what they always got', async () => {
  const house = await openEncrypted()
  // The client’s ID tokens are encrypted, the bank’s access tokens are not; and a token for the issuer never is.
  const forBank = await tokens(house, { scope: 'openid accounts:read' })
  assert.equal(peekUnverified(forBank['access_token'] ?? '')?.claims['aud'], bank)
  assert.ok(await house.siteKey.open(forBank['id_token'] ?? ''))
  const forUs = await tokens(house, { scope: 'openid' })
  assert.equal(peekUnverified(forUs['access_token'] ?? '')?.claims['aud'], house.issuer.url)
  assert.equal(await rowCount(house, 'access_tokens'), 0)
  await house.close()
})

test('another key opens nothing, and neither does the right one once any part was touched', async () => {
  const house = await openEncrypted()
  const { access_token: access = '' } = await tokens(house)
  const other = await ownKey('ECDH-ES+A256KW', 'A256GCM', 'vault')
  const refused = (token: string, key: OwnKey) =>
    assert.rejects(key.open(token), (error) => error instanceof TokenError)
  await refused(access, other)
  const parts = access.split('.')
  for (const [index, part] of parts.entries()) {
    const touched = parts.with(index, `${part.startsWith('A') ? 'B' : 'A'}${part.slice(1)}`).join('.')
    await refused(touched, house.vaultKey)
    assert.deepEqual(await introspected(house, touched, 'vault-api'), { active: false })
  }
  await house.close()
})

test('an encrypted ID token is no hint; what the client finds inside is', async () => {
  const house = await openEncrypted()
  const { id_token: id = '' } = await tokens(house)
  const browser = await house.signedIn()
  const out = (hint: string) =>
    browser.visit(`/oauth/logout?${new URLSearchParams({ id_token_hint: hint, client_id: 'sealed' })}`)
  assert.equal((await out(id)).status, 400)
  const inner = await house.siteKey.open(id)
  const silently = await codeFor(browser, {
    redirect_uri: clients.web.redirectUris[0],
    client_id: 'sealed',
    scope,
    prompt: 'none',
    id_token_hint: inner,
  })
  assert.ok(silently.has('code'), silently.toString())
  assert.equal((await out(inner)).location, '/sign-out')
  await house.close()
})

test('every algorithm that is advertised reaches its key', async () => {
  const house = await openEncrypted()
  const metadata = (await house.visitor().visit('/.well-known/openid-configuration')).json()
  const algorithms = metadata['id_token_encryption_alg_values_supported'] as OwnKey['encryption']['alg'][]
  const ciphers = metadata['id_token_encryption_enc_values_supported'] as OwnKey['encryption']['enc'][]
  assert.deepEqual(algorithms, ['RSA-OAEP-256', 'ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW'])
  assert.deepEqual(ciphers.toSorted(), ['A128CBC-HS256', 'A128GCM', 'A256CBC-HS512', 'A256GCM'])
  for (const [index, alg] of algorithms.entries()) {
    const key = await ownKey(alg, ciphers[index] ?? 'A256GCM')
    const identifier = `https://${index}.example/`
    const scopes = [{ name: `s${index}`, description: '' }]
    const made = await createApi(
      house,
      { identifier, scopes, encryption: { ...key.encryption, jwk: key.jwk } },
      options,
    )
    assert.ok(made.ok, alg)
    await createClient(house, { id: `c${index}`, name: 'C', secret, scopes: [`s${index}`] })
    const form = { grant_type: 'client_credentials', client_id: `c${index}`, client_secret: secret }
    const token = (await post(house.visitor(), '/oauth/token', form)).json()['access_token']
    assert.equal(peekUnverified(await key.open(String(token)))?.claims['aud'], identifier)
  }
  await house.close()
})

test('while the setting is off, nothing of it is advertised, and no readable token takes an encrypted one’s place', async () => {
  const house = await openOAuthHouse()
  const metadata = (await house.visitor().visit('/.well-known/openid-configuration')).json()
  assert.deepEqual(
    Object.keys(metadata).filter((name) => name.includes('encryption')),
    [],
  )
  const { encryption, jwk } = await ownKey('ECDH-ES')
  const scopes = [{ name: 'vault:read', description: '' }]
  const api = { identifier: vault, name: 'V', scopes, accessTokenSeconds: 300, details: [] }
  await createClient(house, { id: 'robot', name: 'Robot', secret, scopes: ['vault:read'] })
  // As it stands in a database whose server was started without the setting; the second row nobody could have made.
  for (const tokenFormat of ['encrypted', 'jwt'] as const) {
    await house.database.commit([
      saveApi(house.database, { ...api, tokenFormat, encryption: { ...encryption, jwk } }),
    ])
    house.runtime.advance(1)
    const form = { grant_type: 'client_credentials', client_id: 'robot', client_secret: secret }
    const answer = await post(house.visitor(), '/oauth/token', form)
    assert.equal(answer.status, 500)
    assert.equal(answer.body.includes('access_token'), false)
  }
  await house.close()
})

test('claims that make an encrypted token longer than servers take are not issued', async () => {
  const house = await openEncrypted()
  const scopes = Array.from({ length: 50 }, (_, index) => ({
    name: `${'s'.repeat(96)}${index}`,
    description: '',
  }))
  const key = await ownKey('ECDH-ES')
  const names = scopes.map(({ name }) => name)
  const identifier = 'https://long.example/'
  const made = await createApi(
    house,
    { identifier, scopes, encryption: { ...key.encryption, jwk: key.jwk } },
    options,
  )
  assert.ok(made.ok)
  await createClient(house, { id: 'long', name: 'Long', secret, scopes: names })
  const form = { grant_type: 'client_credentials', client_id: 'long', client_secret: secret }
  assert.equal((await post(house.visitor(), '/oauth/token', form)).status, 500)
  const few = { ...form, scope: names.slice(0, 30).join(' ') }
  assert.equal((await post(house.visitor(), '/oauth/token', few)).status, 200)
  await house.close()
})
