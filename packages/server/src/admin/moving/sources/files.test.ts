// What people give by mistake: files that are cut off, packed, in another encoding, or another system's. Each is told in a
// sentence, and nobody of it is taken.
import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { withPepper } from '../../../accounts/credentials/hashes/bcrypt.ts'
import { noLimits, openPeople, type People } from '../../../accounts/people.fixture.ts'
import { unreadableFile } from '../../../platform/db/foreign-file.ts'
import { take } from '../moving.fixture.ts'
import type { Found } from '../records.ts'
import { mostGenerations } from '../records-held.ts'
import { fileAt, sqliteAt } from './sources.fixture.ts'
import { type SourceName, sources } from './sources.ts'

let folder = ''
let to: People
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-files-'))
  to = await openPeople({ limits: noLimits })
})
after(async () => {
  await to.house.close()
  rmSync(folder, { recursive: true })
})

const file = (name: string, value: unknown): string => fileAt(join(folder, name), value)
const bytes = (name: string, value: Buffer): string => {
  writeFileSync(join(folder, name), value)
  return join(folder, name)
}

const csv = 'id,email\n1,ada@example.test\n2,zoë@example.test\n'
const auth0 =
  '{"user_id":"auth0|1","email":"ada@example.test"}\n{"user_id":"auth0|2","email":"zoë@example.test"}\n'
const countersign =
  '{"kind":"user","id":"usr_1","email":"ada@example.test"}\n{"kind":"user","id":"usr_2","email":"b@example.test"}\n'
const firebase =
  '{"users": [{"localId":"1","email":"ada@example.test"},{"localId":"2","email":"zoë@example.test"}]}'
const keycloak =
  '{"realm":"shop","users":[{"id":"1","username":"ada"},{"id":"2","username":"zoe"}],"clients":[]}'
const django =
  '[{"model":"auth.user","pk":1,"fields":{"username":"ada"}},{"model":"auth.user","pk":2,"fields":{"username":"zoë"}}]'
const texts = { csv, auth0, countersign, firebase, keycloak, django } as const
type OfFiles = keyof typeof texts
const ofFiles = Object.keys(texts) as OfFiles[]
const ending = (source: OfFiles) => (source === 'csv' ? 'csv' : 'json')

const read = (source: SourceName, from: string, options: Readonly<Record<string, string>> = {}) =>
  sources[source].read({ from, options, since: null, now: 0 })

async function found(source: SourceName, from: string, options: Readonly<Record<string, string>> = {}) {
  const all: Found[] = []
  for await (const one of read(source, from, options)) all.push(one)
  return all
}
const idsIn = (all: readonly Found[]) => all.flatMap((one) => (one.kind === 'user' ? one.id : []))

/** Brings what can't be brought. @returns what is said */
async function refusal(source: SourceName, from: string, options: Readonly<Record<string, string>> = {}) {
  const failed = await take(to, read(source, from, options), { source, apply: true }).catch(
    (error: Error) => error,
  )
  assert.ok(
    failed instanceof Error && failed.name === 'ForeignUnreadable',
    `${source} took ${from}: ${String(failed)}`,
  )
  assert.deepEqual(await to.house.database.read('select id from users', []), [], source)
  return failed.message.replaceAll(`${folder}/`, '')
}

describe('A file that people come from', () => {
  for (const source of ofFiles) {
    const name = `${source}.${ending(source)}`

    test(`may begin with a mark, and end its lines as Windows does (${source})`, async () => {
      const plain = await found(source, file(name, texts[source]))
      assert.equal(idsIn(plain).length, 2)
      const marked = file(`marked-${name}`, `\ufeff${texts[source].replaceAll('\n', '\r\n')}`)
      assert.deepEqual(await found(source, marked), plain)
    })

    test(`that is not there, is empty, a folder, packed, no text or in another encoding is told so (${source})`, async () => {
      assert.equal(await refusal(source, join(folder, `none-${name}`)), `There is no file none-${name}.`)
      assert.equal(await refusal(source, file(`empty-${name}`, '')), `empty-${name} is empty.`)
      const [within] = [join(folder, `folder-${name}`)]
      mkdirSync(within)
      assert.match(
        await refusal(source, within),
        source === 'keycloak' ? /no …-realm\.json/ : /is a folder, not a file\./,
      )
      const packed = bytes(`packed-${name}`, gzipSync(texts[source]))
      assert.match(await refusal(source, packed), /compressed \(gzip\): unpack it first\.$/)
      const wide = bytes(`wide-${name}`, Buffer.from(`\ufeff${texts[source]}`, 'utf16le'))
      assert.match(await refusal(source, wide), /UTF-16: save it as UTF-8\.$/)
      const unmarked = bytes(`unmarked-${name}`, Buffer.from(texts[source], 'utf16le'))
      assert.match(await refusal(source, unmarked), /UTF-16: save it as UTF-8\.$/)
      const old = bytes(
        `old-${name}`,
        Buffer.from(texts[source].replace('zoe', 'zoë').replace('b@', 'ë@'), 'latin1'),
      )
      assert.match(await refusal(source, old), /UTF-8/)
    })

    test(`that is cut off anywhere is told so before anybody of it is taken (${source})`, async () => {
      const cut = texts[source].slice(0, texts[source].lastIndexOf('2') + 1)
      const said = await refusal(source, file(`cut-${name}`, cut))
      const ofLines = {
        csv: /^Record 3 of .* has 1 fields, not 2\.$/,
        auth0: /^Line 2 of/,
        countersign: /^Line 2 of/,
      }
      assert.match(said, source in ofLines ? ofLines[source as keyof typeof ofLines] : /is cut off/)
    })

    test(`and is another system’s is told whose it is (${source})`, async () => {
      for (const other of ofFiles.filter((one) => one !== source)) {
        const from = file(`${other}-for-${name}`, texts[other])
        assert.match(
          await refusal(source, from),
          new RegExp(`It looks like .*: countersign import ${other}\\.$`),
        )
      }
      if (source === 'django') return
      const database = join(folder, `${source}.sqlite3`)
      assert.match(
        await refusal(source, sqliteAt(database, 'create table t (a)')),
        /It is an SQLite database\.$/,
      )
      const dump = file(`dump-for-${name}`, '--\n-- PostgreSQL database dump\n--\n')
      assert.match(await refusal(source, dump), /in SQL: load it into one, and give its address\.$/)
      assert.doesNotMatch(await refusal(source, 'postgres://me:pass@db/shop'), /pass/)
    })
  }

  test('may come by a pipe, piece by piece', async () => {
    for (const source of ofFiles) {
      const letters = Buffer.from(texts[source])
      const piped = (async function* () {
        for (let at = 0; at < letters.length; at += 7) yield letters.subarray(at, at + 7)
      })()
      const all: Found[] = []
      for await (const one of sources[source].read({ from: '-', piped, options: {}, since: null, now: 0 }))
        all.push(one)
      assert.deepEqual(all, await found(source, file(`piped.${ending(source)}`, texts[source])))
    }
  })

  test('of one object a line may have line ends of other alphabets in its texts', async () => {
    const from = file(
      'lines.json',
      `${JSON.stringify({ user_id: '1', email: 'a@example.test', name: 'A\u2028B\u0085C' }).replaceAll('\\u2028', '\u2028')}\n`,
    )
    assert.deepEqual(
      (await found('auth0', from)).map((one) => one.kind === 'user' && one.name),
      ['A\u2028B\u0085C'],
    )
  })

  test('that nobody permits to be read is told so', () => {
    const denied = Object.assign(new Error('x'), { code: 'EACCES' })
    assert.throws(
      () => unreadableFile('people.csv', denied),
      /^ForeignUnreadable: people\.csv can’t be read: .* not permitted/,
    )
  })

  test('whose people can’t all be kept leaves those behind, and takes the others', async () => {
    const from = file(
      'odd.csv',
      `id,email,name\n${'9'.repeat(300)},a@example.test,A\n2,b@example.test,B\n3,c@example.test,${'C'.repeat(5000)}\n4,${'d'.repeat(5000)}@example.test,D\n`,
    )
    const all = await found('csv', from)
    assert.deepEqual(idsIn(all), ['2', '3'])
    assert.deepEqual(
      all.flatMap((one) => (one.kind === 'left-behind' ? [[one.what, one.id, one.because]] : [])),
      [
        ['people whose id can’t be kept', '9'.repeat(64), 'the id can’t be kept: stays behind'],
        ['people whose email can’t be kept', '4', 'the email can’t be kept: stays behind'],
      ],
    )
  })

  test('of Countersign may begin with any kind of record, and hold the longest that there is', async () => {
    const moment = 1_700_000_000
    const token = { createdAt: moment, expiresAt: moment, boundTo: `jkt:${'k'.repeat(43)}`, sealed: null }
    const grant = {
      kind: 'grant',
      id: `fam_${'0'.repeat(32)}`,
      clientId: 'web',
      userId: 'usr_1',
      sessionId: `ses_${'0'.repeat(32)}`,
      granted: { scope: [], resources: [], authenticatedAt: moment, acr: 'one', amr: [] },
      createdAt: moment,
      expiresAt: moment,
      refreshTokens: Array.from({ length: mostGenerations }, (_, generation) => ({
        digest: 'd'.repeat(43),
        generation,
        replays: 0,
        ...token,
      })),
    }
    const kinds: string[] = []
    const counter = JSON.stringify({ kind: 'number-counter', name: 'simplejwt', last: 7 })
    const from = file('long.jsonl', `${counter}\n${JSON.stringify(grant)}\n${counter}\n`)
    for await (const { kind } of sources.countersign.read({ from, options: {}, since: null, now: moment }))
      kinds.push(kind)
    assert.deepEqual(kinds, ['number-counter', 'grant', 'number-counter'])
    await assert.rejects(async () => {
      for await (const _ of sources.csv.read({ from, options: {}, since: null, now: moment })) assert.fail()
    }, /It looks like an export of Countersign: countersign import countersign\.$/)
  })

  test('of Countersign whose line is no record is told which line, and never what it says', async () => {
    const from = file(
      'strange.jsonl',
      countersign.replace('"email":"b@example.test"', '"passwordHash":["hunter2"]'),
    )
    assert.equal(
      await refusal('countersign', from),
      'Line 2 of strange.jsonl is no record of an export: see its passwordHash.',
    )
  })
})

describe('A realm of Keycloak in several files', () => {
  test('is read with the people of all of them, in their order, and only its own', async () => {
    const within = join(folder, 'realms')
    mkdirSync(within)
    const user = (id: number) => ({ id: String(id), username: `u${id}`, realmRoles: ['Clerk'] })
    const part = (name: string, value: unknown) => fileAt(join(within, name), value)
    part('shop-realm.json', { realm: 'shop', roles: { realm: [{ name: 'Clerk' }] }, clients: [] })
    for (const at of [0, 1, 2, 10]) part(`shop-users-${at}.json`, { realm: 'shop', users: [user(at)] })
    assert.deepEqual(idsIn(await found('keycloak', within)), ['0', '1', '2', '10'])
    part('shop-users-realm.json', { realm: 'shop-users' })
    part('master-realm.json', { realm: 'master' })
    assert.match(await refusal('keycloak', within), /several realms: name one with --realm: /)
    assert.deepEqual(idsIn(await found('keycloak', within, { realm: 'shop' })), ['0', '1', '2', '10'])
    assert.match(await refusal('keycloak', within, { realm: 'master' }), /holds no users/)
    assert.match(await refusal('keycloak', within, { realm: 'other' }), /no export of other/)
    appendFileSync(join(within, 'shop-users-10.json'), '}')
    assert.match(
      await refusal('keycloak', within, { realm: 'shop' }),
      /^realms\/shop-users-10\.json is no JSON/,
    )
  })
})

describe('A database that people come from', () => {
  test('has its address and its pepper in files, where no list of commands shows them', async () => {
    const address = file('address', 'postgres://reader:hush-hush@127.0.0.1:9/shop\n')
    for (const source of ['rails', 'django', 'supabase'] as const)
      assert.doesNotMatch(await refusal(source, address), /SQLite|hush/)
    const hash = `$2a$12$${'a'.repeat(53)}`
    const devise = sqliteAt(
      join(folder, 'devise.db'),
      `create table users (id integer primary key, email text, encrypted_password text);
       insert into users values (1, 'd@example.test', '${hash}');`,
    )
    const peppered = { 'pepper-file': file('pepper', 'p€pper\n') }
    const [person] = (await found('rails', devise, peppered)).filter((one) => one.kind === 'user')
    assert.equal(person?.passwordHash, withPepper(hash, 'p€pper'))
    assert.match(await refusal('rails', devise, { ...peppered, pepper: 'x' }), /^The pepper is there twice/)
  })

  const users = 'create table users (id integer primary key, email text, password_digest text);'
  const databases = {
    django: 'create table auth_user (id integer primary key, username text, password text);',
    rails: `${users} create table ar_internal_metadata (key text); create table schema_migrations (version text);`,
  } as const

  test('and is another system’s, or no database, is told so', async () => {
    const [shop, blog] = [
      sqliteAt(join(folder, 'shop.db'), databases.django),
      sqliteAt(join(folder, 'blog.db'), databases.rails),
    ]
    assert.match(
      await refusal('rails', shop),
      /^There is no table users\. It looks like a database of Django: countersign import django\.$/,
    )
    assert.match(
      await refusal('django', blog),
      /^There is no table auth_user\. It looks like a database of Rails: countersign import rails\.$/,
    )
    assert.match(await refusal('better-auth', shop), /^There is no table user or users\. It looks like/)
    const own = sqliteAt(
      join(folder, 'own.db'),
      'create table django_migrations (id integer); create table shop_member (id integer);',
    )
    assert.equal(await refusal('django', own), 'There is no table auth_user. Name yours with --table.')
    for (const source of ['rails', 'supabase', 'better-auth', 'authjs', 'django'] as const) {
      assert.match(
        await refusal(source, file('table.csv', csv)),
        /^table\.csv is no SQLite database\. It looks like .*import csv\.$/,
      )
      assert.match(await refusal(source, join(folder, 'none.db')), /^There is no file/)
      assert.match(await refusal(source, folder), /is a folder, not a file\.$/)
      assert.doesNotMatch(await refusal(source, 'mongodb://me:pass@db/shop'), /pass/)
    }
  })

  test('is not taken for that of a system whose tables have the same names', async () => {
    const people = 'create table user (id text primary key, email text); create table account (userId text);'
    const [one, other] = [
      sqliteAt(
        join(folder, 'one.db'),
        `${people} create table session (id text); create table verification (id text);`,
      ),
      sqliteAt(join(folder, 'other.db'), `${people} create table verificationToken (token text);`),
    ]
    assert.match(
      await refusal('authjs', one),
      /It looks like a database of Better Auth: countersign import better-auth\.$/,
    )
    assert.match(
      await refusal('better-auth', other),
      /It looks like a database of Auth\.js: countersign import authjs\.$/,
    )
    assert.deepEqual(await found('better-auth', one), [])
    assert.deepEqual(await found('authjs', other), [])
    const tenants = sqliteAt(
      join(folder, 'tenants.db'),
      `${databases.rails} create table accounts (id integer, name text);`,
    )
    for (const source of ['better-auth', 'authjs'] as const)
      assert.match(
        await refusal(source, tenants),
        /It looks like a database of Rails: countersign import rails\.$/,
      )
  })

  test('lacks a column that was named: nobody loses their name or their password by a slip', async () => {
    const [shop, blog] = [
      sqliteAt(join(folder, 'shop2.db'), databases.django),
      sqliteAt(join(folder, 'blog2.db'), databases.rails),
    ]
    assert.equal(await refusal('rails', blog, { digest: 'pw' }), 'The table users has no column pw.')
    assert.equal(await refusal('rails', blog, { login: 'nick' }), 'The table users has no column nick.')
    assert.equal(
      await refusal('django', shop, { username: 'nick' }),
      'The table auth_user has no column nick.',
    )
    assert.equal(await refusal('rails', blog, { table: 'admins' }), 'There is no table admins.')
    const profiles = sqliteAt(
      join(folder, 'profiles.db'),
      'create table shop_profile (id integer primary key, email text); create table auth_user (uuid text, password text, username text);',
    )
    assert.equal(
      await refusal('django', profiles, { table: 'shop_profile', username: 'email' }),
      'The table shop_profile has no column password.',
    )
    assert.equal(
      await refusal('django', profiles),
      'The table auth_user has no column id. Name its primary key with --id.',
    )
    assert.equal(await refusal('django', profiles, { id: 'uid' }), 'The table auth_user has no column uid.')
    const social = sqliteAt(
      join(folder, 'social.db'),
      'create table users (id integer primary key, email text);',
    )
    assert.match(JSON.stringify(await found('rails', social)), /users has neither password_digest nor/)
  })

  test('has an address that holds a password, of which nothing is shown whatever is wrong with it', async () => {
    const told = await refusal('django', 'postgres://me:se#cret@db/shop')
    assert.match(told, /^That is no address that its driver understands: signs such as # .* are written %23/)
    assert.doesNotMatch(told, /cret/)
  })
})
