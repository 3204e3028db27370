// Models of Django whose primary key is a UUID, or has another name.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { ForeignUnreadable } from '../../../platform/db/foreign-rows.ts'
import type { Found } from '../records.ts'
import { sqliteAt } from './sources.fixture.ts'
import { sources } from './sources.ts'

let folder = ''
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-uuids-'))
})
after(() => rmSync(folder, { recursive: true }))

const bare = '0b5cd1a0f0c04e1fa3c5b0c44b5b7d11'
const dashed = '0b5cd1a0-f0c0-4e1f-a3c5-b0c44b5b7d11'
const key = 'a'.repeat(40)

/** As Django's migrations declare them in SQLite, with another name for the key of people. */
const members = (id: string) => `
  create table "club_member" ("password" varchar(128) not null, "${id}" char(32) not null primary key,
    "username" varchar(150) not null unique, "email" varchar(254) not null, "is_active" bool not null, "code" varchar(32));
  create table "auth_group" ("id" integer primary key, "name" varchar(150));
  create table "club_member_groups" ("id" integer primary key, "member_id" char(32) not null, "group_id" integer not null);
  create table "authtoken_token" ("key" varchar(40) primary key, "created" datetime, "user_id" char(32) not null unique);
  insert into club_member values ('!', '${bare}', '${bare}', '', 1, '${bare}');
  insert into auth_group values (1, 'Tellers');
  insert into club_member_groups values (1, '${bare}', 1);
  insert into authtoken_token values ('${key}', '2024-01-01', '${bare}');`

async function found(from: string, options: Readonly<Record<string, string>>): Promise<Found[]> {
  const all: Found[] = []
  const given = { table: 'club_member', ...options }
  for await (const one of sources.django.read({ from, options: given, since: null, now: 0 })) all.push(one)
  return all
}

test('a UUID of Django is what Django shows of it, in people and in all that belongs to them', async () => {
  const all = await found(sqliteAt(join(folder, 'uuid'), members('id')), {})
  const people = all.filter((one) => one.kind === 'user')
  assert.deepEqual(
    people.map(({ id, username, roles }) => [id, username, roles]),
    // The name is a text of the person's own, which merely looks like one.
    [[dashed, bare, ['Tellers']]],
  )
  assert.deepEqual(
    all.flatMap((one) => (one.kind === 'drf-key' ? [[one.userId, one.key]] : [])),
    [[dashed, key]],
  )
})

test('a primary key of another name is read where an operator names it, and asked for where not', async () => {
  const from = sqliteAt(join(folder, 'named'), members('member_no'))
  const all = await found(from, { id: 'member_no' })
  assert.deepEqual(
    all.flatMap((one) => (one.kind === 'user' ? [[one.id, one.roles]] : [])),
    [[dashed, ['Tellers']]],
  )
  await assert.rejects(found(from, {}), (error) => {
    assert.ok(error instanceof ForeignUnreadable)
    assert.equal(error.message, 'The table club_member has no column id. Name its primary key with --id.')
    return true
  })
})
