// A server in whose tables every column says something, for the test that holds that all of it is carried. What no walk
// through the product fills in a few steps is written straight into its column.
import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { digest, tokenExchange } from '@countersign/protocol'
import { coseKeyOf } from '../../../../../tests/harness/authenticator.ts'
import { noLimits, openPeople } from '../../accounts/people.fixture.ts'
import { createApi } from '../../oauth/apis/registration.ts'
import { clientById, insertClient } from '../../oauth/clients/clients.store.ts'
import { createClient } from '../../oauth/clients/registration.ts'
import { payment } from '../../oauth/details/bank.fixture.ts'
import { bank } from '../../oauth/house.ts'
import { noteReading } from '../../oauth/metadata-documents/documents.store.ts'
import type { House } from '../../platform/house.ts'
import { makePrivateJwk } from '../../platform/keys/key-pair.ts'
import { openKeyring } from '../../platform/keys/keyring.ts'
import { openOldHouse } from './house-that-moves.fixture.ts'
import { hashBy, people, take } from './moving.fixture.ts'

const encryption = { alg: 'ECDH-ES', enc: 'A256GCM' } as const
const document = 'https://described.example/client.json'

/** Fills every column of every table that is carried. */
export async function fillEverything(house: House): Promise<void> {
  const here = await openPeople({ house, limits: noLimits })
  await openOldHouse(house, here.passwords)
  await fillClients(house)
  await take(here, await fromElsewhere())
  await (await openKeyring(house)).rotate('ES256')
  const now = house.runtime.now()
  const later = now + 3600
  const key = JSON.stringify({ keys: [{ ...(await publicKey()), kid: 'theirs', alg: 'ES256' }] })
  await write(house, [
    // It calls itself a website and has the addresses of a program: it is told, and comes, as what it is.
    `delete from clients where id = 'native'`,
    `insert into number_counters (source, last) values ('simplejwt', 77)`,
    `insert into seen_assertions (digest, expires_at) values ('${digest('seen')}', ${later})`,
    `update sessions set held_by = 'web' where ended_at is not null`,
    `update consents set details = '[{"type":"payment"}]', declined = '["ledger:read"]'`,
    `update refresh_tokens set bound_to = 'jkt:somebody' where generation > 0`,
    `insert into families select '${`fam_${'0'.repeat(32)}`}', client_id, user_id, session_id, grant_json, created_at,
       expires_at, ${now}, 'revoked by the client' from families where client_id = 'web'`,
    `insert into trusted_issuers select 'https://other.example', '${key}', null, policy, created_at from trusted_issuers`,
    `update registrations set initial_token = 'iat_1', policy = '{"scopes":["accounts:read"]}'`,
    `update initial_access_tokens set policy = '{"hosts":["friends.example"]}'`,
    `update access_tokens set idle_seconds = 600`,
    `update api_keys set expires_at = ${later}, last_used_at = ${now}`,
    `insert into api_keys select 'key_ada', '${digest('ada’s key')}', 'Her own', null, 'usr_ada', audience, scopes,
       created_at, expires_at, last_used_at from api_keys`,
    `update events set family_id = 'fam_1', session_id = 'ses_1', peer = '203.0.113.7' where type = 'user.created'`,
  ])
}

async function fillClients(house: House): Promise<void> {
  const saved = await createApi(
    house,
    {
      identifier: 'https://payments.example/',
      name: 'Payments',
      scopes: [{ name: 'pay', description: 'Pay' }],
      details: [payment],
      tokenFormat: 'encrypted',
      encryption: { ...encryption, jwk: { ...(await publicKey()), alg: encryption.alg, use: 'enc' } },
    },
    { encryptedTokens: true },
  )
  assert.ok(saved.ok, JSON.stringify(saved))
  const rich = await createClient(
    house,
    {
      id: 'rich',
      name: 'Rich',
      authentication: 'private_key_jwt',
      jwks: {
        keys: [
          { ...(await publicKey()), kid: 'r', alg: 'ES256', use: 'sig' },
          { ...(await publicKey()), kid: 'e', alg: encryption.alg, use: 'enc' },
        ],
      },
      idTokenEncryption: encryption,
      grants: ['authorization_code', tokenExchange],
      exchange: { audiences: [bank] },
      scopes: ['openid', 'accounts:read'],
      redirectUris: ['https://rich.example/callback'],
      logoUri: 'https://rich.example/logo.png',
      policyUri: 'https://rich.example/policy',
      tosUri: 'https://rich.example/terms',
      requests: { mustPush: true },
      homeUri: 'https://rich.example/',
      dpopBoundAccessTokens: true,
    },
    { encryptedTokens: true },
  )
  assert.ok(rich.ok, JSON.stringify(rich))
  const web = (await clientById(house.database, 'web')) ?? assert.fail()
  const itself = { ...web, id: document, authentication: 'none' as const, secretDigest: null }
  const times = { id: document, readAt: house.runtime.now(), freshUntil: house.runtime.now() + 60 }
  await house.database.commit([
    insertClient(house.database, { ...itself, identityChangedAt: 7 }),
    noteReading(house.database, times),
  ])
}

/** People of Django, with all that can come along. */
async function fromElsewhere() {
  const [, passwordHash] = hashBy('django pbkdf2_sha256')
  const key = createPublicKey({ key: await publicKey(), format: 'jwk' })
  return people({
    id: '7',
    username: 'brought',
    email: 'brought@example.test',
    emailVerified: true,
    claims: { given_name: 'B' },
    passwordHash,
    roles: ['editors'],
    identities: [
      { upstream: 'google', issuer: 'https://accounts.google.com', subject: '1001', email: 'b@g.test' },
    ],
    totp: { secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', lastStep: 5 },
    recoveryCodes: [digest('one')],
    passkeys: [
      {
        credentialId: 'AAECAwQFBgcICQoLDA0ODw',
        publicKey: Buffer.from(coseKeyOf('ES256', key)).toString('base64url'),
        rpId: 'localhost',
        userHandle: 'AAEC',
        signCount: 3,
        transports: ['usb'],
        backupEligible: true,
        backedUp: false,
        userVerified: true,
        name: 'Key',
        createdAt: 1_700_000_000,
        lastUsedAt: 1_700_000_001,
      },
    ],
  })
}

async function publicKey(): Promise<Record<string, unknown>> {
  const { kty, crv, x, y } = await makePrivateJwk('ES256')
  return { kty, crv, x, y }
}

async function write({ database }: House, texts: readonly string[]): Promise<void> {
  await database.commit(texts.map((sql) => ({ sql, parameters: [] })))
}

/** Every row of a table. */
export function rowsOf({ database }: House, table: string): Promise<Record<string, unknown>[]> {
  return database.read(`select * from ${table}`, [])
}
