// Second factors and passkeys of every system, read and used: a code of the old application is right here, and a passkey
// is the very key that it was.
import assert from 'node:assert/strict'
import { createCipheriv, pbkdf2Sync, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { symmetricEncrypt } from 'better-auth/crypto'
import { Authenticator } from '../../../../../../tests/harness/authenticator.ts'
import { base32 } from '../../../accounts/factors/base32.ts'
import { totpOf } from '../../../accounts/factors/factors.store.ts'
import { openTotp } from '../../../accounts/factors/factors.ts'
import { passkeysOf } from '../../../accounts/passkeys/passkeys.store.ts'
import { noLimits, openPeople, type People } from '../../../accounts/people.fixture.ts'
import { take, userNamed } from '../moving.fixture.ts'
import { fileAt, sqliteAt } from './sources.fixture.ts'
import { type SourceName, sources } from './sources.ts'

let folder = ''
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-factors-'))
})
after(() => rmSync(folder, { recursive: true }))

/** The secret of RFC 6238, appendix B. */
const secret = Buffer.from('12345678901234567890')
const authenticator = new Authenticator({ synced: true })
const registration = JSON.parse(
  authenticator.create({ challenge: 'c', rp: { id: 'localhost' }, user: { id: 'dQ' } }),
) as Record<string, unknown>
const made = authenticator.made[0] ?? assert.fail()
const cose = Buffer.from(made.coseKey)
const standard = (base64url: string): string => Buffer.from(base64url, 'base64url').toString('base64')

const sqlite = (name: string, script: string): string => sqliteAt(join(folder, name), script)
const file = (name: string, value: unknown): string => fileAt(join(folder, name), value)

interface Kept {
  readonly source: SourceName
  readonly what: string
  readonly make: () => Promise<string> | string
  readonly options?: () => Readonly<Record<string, string>>
  /** Of the person `factor`; none where the system keeps none. */
  readonly totp?: { readonly algorithm?: string; readonly digits?: number; readonly lastStep?: number }
  readonly hasPasskey?: true
}

const djangoUser = `create table auth_user (id integer primary key, username text, password text);
  insert into auth_user values (3, 'factor', '!');`
/** As Active Record's encryption writes it. */
const rowKeys = { primary_key: 'p'.repeat(32), key_derivation_salt: 's'.repeat(32) }
function activeRecord(clear: string, digest: string): string {
  const iv = randomBytes(12)
  const key = pbkdf2Sync(rowKeys.primary_key, rowKeys.key_derivation_salt, 65_536, 32, digest)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  const body = Buffer.concat([cipher.update(clear), cipher.final()]).toString('base64')
  return JSON.stringify({
    p: body,
    h: { iv: iv.toString('base64'), at: cipher.getAuthTag().toString('base64') },
  })
}
const ownKey = 'a key of devise-two-factor, of thirty-two and more'
const railsUser = (kept: string): string =>
  `create table users (id integer primary key, username text, email text, encrypted_password text, created_at datetime,
     otp_secret text, otp_required_for_login boolean);
   insert into users values (1, 'factor', 'factor@example.test', null, '2024-01-02', '${kept}', 1);`

const systems: readonly Kept[] = [
  {
    source: 'django',
    what: 'django-otp and django-otp-webauthn',
    make: () =>
      sqlite(
        'otp.sqlite3',
        `${djangoUser}
         create table otp_totp_totpdevice (id integer primary key, user_id integer, name text, confirmed bool, key text,
           step int, t0 bigint, digits int, tolerance int, drift int, last_t bigint);
         insert into otp_totp_totpdevice values (1, 3, 'new', 0, '00', 30, 0, 6, 1, 0, -1);
         insert into otp_totp_totpdevice values (2, 3, 'phone', 1, '${secret.toString('hex')}', 30, 0, 8, 1, 0, 57000000);
         create table django_otp_webauthn_webauthncredential (id integer primary key, user_id integer, name text,
           credential_id blob, public_key blob, sign_count int, transports text, backup_eligible bool, backup_state bool);
         insert into django_otp_webauthn_webauthncredential values (1, 3, 'Key', x'${Buffer.from(made.id, 'base64url').toString('hex')}',
           x'${cose.toString('hex')}', 0, '["internal"]', 1, 1);`,
      ),
    totp: { digits: 8, lastStep: 57_000_000 },
    hasPasskey: true,
  },
  {
    source: 'django',
    what: 'allauth',
    make: () =>
      sqlite(
        'allauth.sqlite3',
        `${djangoUser}
         create table mfa_authenticator (id integer primary key, user_id integer, type text, data text, created_at datetime);
         insert into mfa_authenticator values (1, 3, 'totp', '${JSON.stringify({ secret: base32(secret) })}', '2024-01-02');
         insert into mfa_authenticator values (2, 3, 'recovery_codes', '{}', '2024-01-02');
         insert into mfa_authenticator values (3, 3, 'webauthn', '${JSON.stringify({ name: 'Key', credential: registration })}', '2024-01-02');`,
      ),
    totp: {},
    hasPasskey: true,
  },
  {
    source: 'django',
    what: 'dj-rest-auth',
    make: () =>
      sqlite(
        'rest-auth.sqlite3',
        `${djangoUser}
         create table dj_rest_auth_mfa_authenticator (id integer primary key, user_id integer, type text, data text);
         insert into dj_rest_auth_mfa_authenticator values (1, 3, 'totp', '${JSON.stringify({ secret: `${base32(secret)}:a-signature` })}');
         insert into dj_rest_auth_mfa_authenticator values (2, 3, 'recovery_codes', '{"seed": "00", "used_mask": 0}');`,
      ),
    totp: {},
  },
  {
    source: 'keycloak',
    what: 'a realm',
    make: () =>
      file('realm.json', {
        users: [
          {
            id: 'k1',
            username: 'factor',
            credentials: [
              {
                type: 'otp',
                secretData: JSON.stringify({ value: secret.toString() }),
                credentialData: JSON.stringify({
                  subType: 'totp',
                  digits: 8,
                  period: 30,
                  algorithm: 'HmacSHA256',
                }),
              },
              {
                type: 'webauthn-passwordless',
                userLabel: 'Key',
                secretData: '{}',
                credentialData: JSON.stringify({
                  credentialId: standard(made.id),
                  counter: 0,
                  credentialPublicKey: cose.toString('base64url'),
                  transports: ['INTERNAL'],
                }),
              },
            ],
          },
        ],
      }),
    totp: { algorithm: 'SHA-256', digits: 8 },
    hasPasskey: true,
  },
  {
    source: 'auth0',
    what: 'mfa_factors',
    make: () =>
      file(
        'auth0.json',
        JSON.stringify({
          user_id: 'auth0|1',
          username: 'factor',
          mfa_factors: [{ totp: { secret: base32(secret).toLowerCase() } }],
        }),
      ),
    totp: {},
  },
  {
    source: 'better-auth',
    what: 'twoFactor and passkey',
    make: async () => {
      const sealed = await symmetricEncrypt({ key: 'b'.repeat(32), data: secret.toString() })
      return sqlite(
        'better.sqlite',
        `create table user (id text primary key, name text, email text, username text);
         create table twoFactor (id text primary key, secret text, backupCodes text, userId text);
         create table passkey (id text primary key, name text, publicKey text, userId text, credentialID text,
           counter integer, deviceType text, backedUp integer, transports text);
         insert into user values ('b1', 'Bea', 'bea@example.test', 'factor');
         insert into twoFactor values ('t1', '${sealed}', '', 'b1');
         insert into passkey values ('p1', 'Key', '${cose.toString('base64')}', 'b1', '${made.id}', 0, 'multiDevice', 1, 'internal,hybrid');`,
      )
    },
    options: () => ({ 'secret-file': file('better-secret', 'b'.repeat(32)) }),
    totp: {},
    hasPasskey: true,
  },
  {
    source: 'authjs',
    what: 'Authenticator',
    make: () =>
      sqlite(
        'authjs.sqlite',
        `create table users (id text primary key, name text, email text);
         create table authenticators (credentialID text primary key, userId text, credentialPublicKey text, counter integer,
           credentialDeviceType text, credentialBackedUp integer, transports text);
         insert into users values ('j1', 'Jay', 'factor@example.test');
         insert into authenticators values ('${standard(made.id)}', 'j1', '${cose.toString('base64')}', 0, 'multiDevice', 1, 'internal');`,
      ),
    hasPasskey: true,
  },
  ...(['sha256', 'sha1'] as const).map(
    (digest): Kept => ({
      source: 'rails',
      what: `devise-two-factor with ${digest}`,
      make: () => sqlite(`rails-${digest}.sqlite3`, railsUser(activeRecord(base32(secret), digest))),
      options: () => ({ 'encryption-keys': file('keys.json', rowKeys) }),
      totp: {},
    }),
  ),
  {
    source: 'rails',
    what: 'devise-two-factor before 5',
    make: () => {
      const [nonce, salt] = [randomBytes(12), randomBytes(16)]
      const cipher = createCipheriv('aes-256-gcm', pbkdf2Sync(ownKey, salt, 2000, 32, 'sha1'), nonce)
      const sealed = [cipher.update(base32(secret)), cipher.final(), cipher.getAuthTag()]
      const [body, iv] = [Buffer.concat(sealed), nonce].map((part) => `${part.toString('base64')}\n`)
      return sqlite(
        'rails-4.sqlite3',
        `create table users (id integer primary key, username text, email text, encrypted_password text, created_at datetime,
           encrypted_otp_secret text, encrypted_otp_secret_iv text, encrypted_otp_secret_salt text, consumed_timestep integer,
           otp_required_for_login boolean);
         insert into users values (1, 'factor', 'factor@example.test', null, '2024-01-02', '${body}', '${iv}',
           '_${salt.toString('base64')}\n', 57000000, 1);`,
      )
    },
    options: () => ({ 'encryption-keys': file('own-key.json', { otp_secret_encryption_key: ownKey }) }),
    totp: { lastStep: 57_000_000 },
  },
  {
    source: 'rails',
    what: 'a secret in the clear',
    make: () => sqlite('rails-clear.sqlite3', railsUser(base32(secret))),
    totp: {},
  },
]

describe('Second factors of each system', () => {
  for (const { source, what, make, options = () => ({}), totp, hasPasskey } of systems) {
    test(`are here what they were there (${source}: ${what}), and come once`, async () => {
      const to = await openPeople({ limits: noLimits })
      const from = await make()
      const bring = () =>
        take(to, sources[source].read({ from, options: options(), since: null, now: 0 }), {
          source,
          rpId: 'localhost',
        })
      const report = await bring()
      assert.deepEqual(
        [report.created, report.factors, report.passkeys, report.conflicts],
        [1, totp === undefined ? 0 : 1, hasPasskey ? 1 : 0, []],
      )
      const user =
        (await userNamed(to, 'factor')) ?? (await userNamed(to, 'factor@example.test')) ?? assert.fail()
      const stored = await totpOf(to.house.database, user.id)
      if (totp === undefined) assert.equal(stored, null)
      else {
        const { algorithm = 'SHA-1', digits = 6, lastStep = 0 } = totp
        const opened = openTotp(to.house, stored ?? assert.fail())
        assert.deepEqual(Buffer.from(opened.secret), secret)
        assert.deepEqual([opened.algorithm, opened.digits, stored?.lastStep], [algorithm, digits, lastStep])
      }
      for (const passkey of await passkeysOf(to.house.database, user.id)) {
        assert.deepEqual([passkey.credentialId, passkey.rpId], [made.id, 'localhost'])
        assert.deepEqual(Buffer.from(passkey.publicKey), cose)
      }
      const again = await bring()
      assert.deepEqual([again.same, again.factors, again.passkeys], [1, 0, 0])
      await to.house.close()
    })
  }

  test('that are encrypted stay behind without the key, and with another one', async () => {
    const to: People = await openPeople({ limits: noLimits })
    const better = systems.find(({ source }) => source === 'better-auth') ?? assert.fail()
    const rails = systems.find(({ what }) => what.endsWith('sha256')) ?? assert.fail()
    const wrong = {
      'secret-file': file('another', 'x'.repeat(32)),
      'encryption-keys': file('others.json', { ...rowKeys, primary_key: 'x' }),
    }
    for (const [kept, number] of [better, rails].map((one, at) => [one, at] as const)) {
      rmSync(join(folder, number === 0 ? 'better.sqlite' : 'rails-sha256.sqlite3'), { force: true })
      const from = await kept.make()
      for (const options of [{}, wrong]) {
        const read = sources[kept.source].read({ from, options, since: null, now: 0 })
        const report = await take(to, read, {
          source: `${kept.source} ${JSON.stringify(options)}`,
          apply: false,
        })
        assert.equal(report.factors, 0)
        assert.equal(report.leftBehind.get('authenticator applications whose secrets can’t be read'), 1)
      }
    }
    await to.house.close()
  })
})
