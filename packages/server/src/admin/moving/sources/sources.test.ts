// Each system's own way of writing its people down, read.
import assert from 'node:assert/strict'
import { scryptSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { noLimits, openPeople, type People } from '../../../accounts/people.fixture.ts'
import { userByNumber } from '../../../accounts/users/numbers.store.ts'
import { hashBy, signsIn, take, userNamed } from '../moving.fixture.ts'
import { assertFull, fileAt, heldGauge, sqliteAt } from './sources.fixture.ts'
import { type SourceName, sources } from './sources.ts'

let folder = ''
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-moving-'))
})
after(() => rmSync(folder, { recursive: true }))

const [djangoPassword, djangoHash] = hashBy('django pbkdf2_sha256')
const [bcryptPassword, bcryptHash] = hashBy('bcrypt 2a')

/** The source reads what its system writes: `make` leaves it in the folder, and answers where it is. */
interface Reading {
  readonly source: SourceName
  readonly make: () => { readonly from: string; readonly options?: Readonly<Record<string, string>> }
  /** Of whom is told here whether they sign in, by name and password. */
  readonly signsIn: readonly (readonly [name: string, password: string])[]
}

const sqlite = (name: string, script: string): string => sqliteAt(join(folder, name), script)
const file = (name: string, value: unknown): string => fileAt(join(folder, name), value)

/** As Better Auth makes one: the salt is the text of its digits. */
const betterAuthSalt = '00112233445566778899aabbccddeeff'
const betterAuthHash = `${betterAuthSalt}:${scryptSync('analytical-engine-1843', betterAuthSalt, 64, { N: 16_384, r: 16, p: 1, maxmem: 2 ** 26 }).toString('hex')}`
const [phcPassword, phcHash] = hashBy('passlib pbkdf2-sha512')
const [, , phcRounds = '', phcSalt = '', phcTag = ''] = phcHash.split('$')
const standard = (base64: string): string => base64.replaceAll('.', '+')

const readings: readonly Reading[] = [
  {
    source: 'django',
    make: () => ({
      from: sqlite(
        'django.sqlite3',
        `create table auth_user (id integer primary key, username text, password text, email text, first_name text,
           last_name text, is_staff bool, is_superuser bool, is_active bool, date_joined datetime, last_login datetime);
         create table auth_group (id integer primary key, name text);
         create table auth_user_groups (id integer primary key, user_id integer, group_id integer);
         insert into auth_group values (1, 'Tellers');
         insert into auth_user values (3, 'dj', '${djangoHash}', 'dj@example.test', 'D', 'J', 1, 0, 1,
           '2024-01-02 03:04:05.678', null);
         insert into auth_user_groups values (1, 3, 1);`,
      ),
    }),
    signsIn: [['dj', djangoPassword]],
  },
  {
    source: 'django',
    make: () => ({
      from: file('dump.json', [
        {
          model: 'auth.user',
          pk: 9,
          fields: { username: 'dumped', password: djangoHash, email: '', is_active: true, groups: [1] },
        },
        { model: 'auth.group', pk: 1, fields: { name: 'Writers' } },
        {
          model: 'account.emailaddress',
          pk: 1,
          fields: { user: 9, email: 'dumped@example.test', verified: true, primary: true },
        },
        {
          model: 'token_blacklist.outstandingtoken',
          pk: 4,
          fields: { user: 9, jti: 'j4', expires_at: '2030-01-01T00:00:00Z' },
        },
        {
          model: 'token_blacklist.blacklistedtoken',
          pk: 1,
          fields: { token: 4, blacklisted_at: '2029-01-01T00:00:00Z' },
        },
      ]),
    }),
    signsIn: [['dumped@example.test', djangoPassword]],
  },
  {
    source: 'rails',
    make: () => ({
      from: sqlite(
        'rails.sqlite3',
        `create table users (id integer primary key, email text, password_digest text, created_at datetime);
         insert into users values (5, 'rails@example.test', '${bcryptHash}', '2024-01-02 03:04:05');`,
      ),
    }),
    signsIn: [['rails@example.test', bcryptPassword]],
  },
  {
    source: 'keycloak',
    make: () => ({
      from: file('realm.json', {
        roles: { realm: [{ name: 'Clerk', description: 'Clerks' }] },
        users: [
          {
            id: 'k1',
            username: 'kay',
            email: 'kay@example.test',
            emailVerified: true,
            firstName: 'Kay',
            lastName: 'Cloak',
            enabled: true,
            realmRoles: ['Clerk'],
            credentials: [
              {
                type: 'password',
                secretData: JSON.stringify({ value: standard(phcTag), salt: standard(phcSalt) }),
                credentialData: JSON.stringify({
                  hashIterations: Number(phcRounds),
                  algorithm: 'pbkdf2-sha512',
                }),
              },
              { type: 'otp', secretData: '{}', credentialData: '{}' },
            ],
          },
        ],
      }),
    }),
    signsIn: [['kay', phcPassword]],
  },
  {
    source: 'auth0',
    make: () => ({
      from: file(
        'auth0.json',
        `${JSON.stringify({
          _id: { $oid: '60425dc43519d90068f82973' },
          email: 'zero@example.test',
          email_verified: true,
          passwordHash: bcryptHash,
          created_at: '2024-01-02T03:04:05Z',
          identities: [{ provider: 'google-oauth2', user_id: '4242' }],
        })}\n\n`,
      ),
    }),
    signsIn: [['zero@example.test', bcryptPassword]],
  },
  {
    source: 'firebase',
    make: () => ({
      from: file('firebase.json', {
        users: [
          {
            localId: 'f1',
            email: 'fire@example.test',
            emailVerified: true,
            passwordHash:
              'lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==',
            salt: '42xEC+ixf3L2lw==',
            createdAt: '1700000000000',
            providerUserInfo: [{ providerId: 'google.com', rawId: '77', email: 'fire@example.test' }],
          },
        ],
      }),
      options: {
        'hash-config': file(
          'hash-config.txt',
          `hash_config {
  algorithm: SCRYPT,
  base64_signer_key: jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==,
  base64_salt_separator: Bw==,
  rounds: 8,
  mem_cost: 14,
}
`,
        ),
      },
    }),
    signsIn: [['fire@example.test', 'user1password']],
  },
  {
    source: 'firebase',
    make: () => ({
      from: file('firebase-2.json', {
        users: [
          {
            localId: 'f2',
            email: 'flame@example.test',
            passwordHash:
              'lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==',
            salt: '42xEC+ixf3L2lw==',
          },
        ],
      }),
      options: {
        'hash-config': file('hash-config.json', {
          signerKey:
            'jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==',
          saltSeparator: 'Bw==',
          rounds: 8,
          memoryCost: 14,
        }),
      },
    }),
    signsIn: [['flame@example.test', 'user1password']],
  },
  {
    source: 'better-auth',
    make: () => ({
      from: sqlite(
        'better-auth.sqlite',
        `create table user (id text primary key, name text, email text, emailVerified integer, image text,
           createdAt date, updatedAt date);
         create table account (id text primary key, userId text, providerId text, accountId text, password text);
         insert into user values ('b1', 'Bea', 'bea@example.test', 1, null, '2024-01-02T03:04:05Z', '2024-01-02T03:04:05Z');
         insert into account values ('a1', 'b1', 'credential', 'b1', '${betterAuthHash}');
         insert into account values ('a2', 'b1', 'google', '900', null);`,
      ),
    }),
    signsIn: [['bea@example.test', 'analytical-engine-1843']],
  },
  {
    source: 'authjs',
    make: () => ({
      from: sqlite(
        'authjs.sqlite',
        `create table users (id text primary key, name text, email text, emailVerified datetime, image text);
         create table accounts (userId text, provider text, providerAccountId text primary key);
         insert into users values ('j1', 'Jay', 'jay@example.test', '2024-01-02', null);
         insert into accounts values ('j1', 'google', '901');`,
      ),
    }),
    signsIn: [],
  },
  {
    source: 'countersign',
    make: () => ({
      from: file(
        'people.jsonl',
        `${JSON.stringify({ kind: 'role', name: 'tellers' })}\n${JSON.stringify({ kind: 'user', id: 'usr_1', email: 'again@example.test', passwordHash: bcryptHash })}\n`,
      ),
    }),
    signsIn: [['again@example.test', bcryptPassword]],
  },
  {
    source: 'csv',
    make: () => ({
      from: file(
        'people.csv',
        `\ufeffid,email,email_verified,name,password_hash,roles\r\nc1,csv@example.test,true,"Vee, ""C"" S",${bcryptHash},one;two\r\n`,
      ),
    }),
    signsIn: [['csv@example.test', bcryptPassword]],
  },
]

describe('Each system that people come from', () => {
  let to: People
  before(async () => {
    to = await openPeople({ limits: noLimits })
  })
  after(() => to.house.close())

  for (const [index, { source, make, signsIn: whoSignsIn }] of readings.entries()) {
    test(`is read as it writes itself (${source}, ${index + 1}), and a second time brings nobody`, async () => {
      const { from, options = {} } = make()
      // An export of this server has more than people in it, and a role here.
      const [count, of]: [number, string] = source === 'countersign' ? [2, 'records'] : [1, 'people']
      const gauge = heldGauge()
      const read = () => sources[source].read({ from, options, since: null, now: 0, gauge })
      const report = await take(to, read(), { source, numbers: [...sources[source].numbers] })
      assert.deepEqual([report.created, report.conflicts], [1, []])
      assertFull(gauge, count, of)
      for (const [name, password] of whoSignsIn) {
        assert.equal(await signsIn(to, name, password), true, name)
        assert.equal(await signsIn(to, name, `${password}x`), false, name)
      }
      const again = await take(to, read(), { source, numbers: [...sources[source].numbers] })
      assert.deepEqual([again.created, again.updated, again.same], [0, 0, 1])
      // Nobody is that young: whoever is left out was gone through as well.
      const late = heldGauge()
      for await (const _ of sources[source].read({ from, options, since: 9e9, now: 0, gauge: late }));
      assertFull(late, count, of)
    })
  }

  test('has a reading here: so none is without a bar', () => {
    // That of Supabase needs another schema: it is read in postgres.test.ts.
    const read = new Set<string>([...readings.map(({ source }) => source), 'supabase'])
    assert.deepEqual(
      Object.keys(sources).filter((name) => !read.has(name)),
      [],
    )
  })

  test('C16: an address of Django is as verified as allauth says of that very address', async () => {
    const user = (pk: number, email: string) => ({
      model: 'auth.user',
      pk,
      fields: { username: `claims${pk}`, password: djangoHash, email, is_active: true },
    })
    const address = (pk: number, owner: number, email: string, verified: boolean, primary: boolean) => ({
      model: 'account.emailaddress',
      pk,
      fields: { user: owner, email, verified, primary },
    })
    const from = file('claims.json', [
      user(70, 'boss@example.test'),
      address(1, 70, 'mallory@example.test', true, true),
      user(71, 'Second@example.test'),
      address(2, 71, 'first@example.test', false, true),
      address(3, 71, 'second@example.test', true, false),
    ])
    await take(to, sources.django.read({ from, options: {}, since: null, now: 0 }))
    assert.equal((await userNamed(to, 'boss@example.test'))?.emailVerified, false)
    assert.equal((await userNamed(to, 'second@example.test'))?.emailVerified, true)
  })

  test('administrators of Rails are others than its users of the same numbers', async () => {
    const table = (
      name: string,
    ) => `create table ${name} (id integer primary key, email text, password_digest text, created_at datetime);
      insert into ${name} values (77, '${name}@example.test', '${bcryptHash}', '2024-01-02');`
    const from = sqlite('entities.sqlite3', table('users') + table('admins'))
    for (const options of [{}, { table: 'admins', entity: 'admin' }]) {
      const report = await take(to, sources.rails.read({ from, options, since: null, now: 0 }), {
        source: 'rails',
        numbers: [],
      })
      assert.equal(report.created, 1)
    }
    const { database } = to.house
    assert.equal((await userByNumber(database, 'knock user', 77))?.email, 'users@example.test')
    assert.equal((await userByNumber(database, 'knock admin', 77))?.email, 'admins@example.test')
  })

  test('who was locked for wrong passwords in Devise comes in, and who was locked by hand does not; accounts elsewhere come or are told of', async () => {
    const from = sqlite(
      'devise-locks.sqlite3',
      `create table users (id integer primary key, email text, encrypted_password text, locked_at datetime,
        failed_attempts integer, provider text, uid text);
      insert into users values (1, 'guessed@example.test', '${bcryptHash}', '2024-01-02', 21, 'google_oauth2', 'g-1'),
        (2, 'banned@example.test', '${bcryptHash}', '2024-01-02', 0, 'github', 'h-1'),
        (3, 'free@example.test', '${bcryptHash}', null, 2, null, null);`,
    )
    const report = await take(to, sources.rails.read({ from, options: {}, since: null, now: 0 }), {
      source: 'rails:locks',
      numbers: [],
    })
    assert.deepEqual([report.created, report.identities], [3, 1])
    assert.deepEqual(Object.fromEntries(report.leftBehind), {
      'locks after wrong passwords': 1,
      'accounts at github': 1,
    })
    const isDisabled = async (name: string) =>
      (await userNamed(to, `${name}@example.test`))?.disabledAt !== null
    assert.deepEqual(
      [await isDisabled('guessed'), await isDisabled('banned'), await isDisabled('free')],
      [false, true, false],
    )
  })

  test('a file that is not there, and one that is something else, are told of', async () => {
    const broken = file('broken.json', '{')
    for (const source of Object.keys(sources) as SourceName[]) {
      for (const from of [join(folder, 'nowhere'), broken]) {
        const read = take(to, sources[source].read({ from, options: {}, since: null, now: 0 }), { source })
        await assert.rejects(read, source === 'csv' && from === broken ? /columns/ : Error)
      }
    }
  })

  test('a table whose first line is somebody says nothing of them', async () => {
    const rows = { all: `1,ada,${bcryptHash}\n`, one: `id,username,${bcryptHash}\n` }
    for (const [name, text] of Object.entries(rows)) {
      const read = take(
        to,
        sources.csv.read({ from: file(`${name}.csv`, text), options: {}, since: null, now: 0 }),
        { source: 'csv' },
      )
      await assert.rejects(
        read,
        (error: Error) => /columns/i.test(error.message) && !/ada|\$/.test(error.message),
      )
    }
  })
})
