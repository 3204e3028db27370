// PostgreSQL as the place that people come from: a schema as Supabase has it, and a table of a Rails application.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import pg from 'pg'
import { freshPostgres, postgresSkip } from '../../../../../../tests/harness/postgres.ts'
import { identitiesOf } from '../../../accounts/identities/identities.store.ts'
import { noLimits, openPeople, type People } from '../../../accounts/people.fixture.ts'
import { userByNumber } from '../../../accounts/users/numbers.store.ts'
import { hashBy, signsIn, take, userNamed } from '../moving.fixture.ts'
import type { Gauge } from './source.ts'
import { assertFull, fileAt, heldGauge } from './sources.fixture.ts'
import { type SourceName, sources } from './sources.ts'

const [bcryptPassword, bcryptHash] = hashBy('bcrypt 2a')

const script = `
  create schema auth;
  create table auth.users (instance_id uuid, id uuid primary key, aud varchar(255), role varchar(255),
    email varchar(255), encrypted_password varchar(255), email_confirmed_at timestamptz, last_sign_in_at timestamptz,
    raw_app_meta_data jsonb, raw_user_meta_data jsonb, is_super_admin boolean, created_at timestamptz,
    updated_at timestamptz, phone text unique, banned_until timestamptz, is_sso_user boolean not null default false,
    deleted_at timestamptz, is_anonymous boolean not null default false);
  create table auth.identities (provider_id text not null, user_id uuid not null references auth.users,
    identity_data jsonb not null, provider text not null, created_at timestamptz, updated_at timestamptz,
    email text generated always as (lower(identity_data->>'email')) stored, id uuid primary key default gen_random_uuid(),
    unique (provider_id, provider));
  insert into auth.users (id, email, encrypted_password, email_confirmed_at, raw_user_meta_data, created_at, updated_at)
    select gen_random_uuid(), 'p' || n || '@example.test', '${bcryptHash}', case when n % 2 = 0 then now() end,
      jsonb_build_object('full_name', 'Person ' || n), '2024-01-02T03:04:05Z',
      case when n <= 5 then timestamptz '2026-01-01T00:00:00Z' else timestamptz '2024-01-02T03:04:05Z' end
    from generate_series(1, 2300) n;
  insert into auth.users (id, email, encrypted_password, banned_until, created_at, updated_at) values
    (gen_random_uuid(), 'banned@example.test', '${bcryptHash}', '2099-01-01', now(), now());
  insert into auth.identities (provider_id, user_id, identity_data, provider)
    select '4242', id, '{"sub": "4242", "email": "P2@example.test"}', 'google' from auth.users
    where email = 'p2@example.test';
  create table users (id bigserial primary key, email varchar not null, password_digest varchar,
    created_at timestamp(6) not null, updated_at timestamp(6) not null);
  insert into users (email, password_digest, created_at, updated_at)
    values ('rails@example.test', '${bcryptHash}', '2024-01-02 03:04:05.678901', '2024-01-02 03:04:05.678901');`

describe('People in somebody else’s PostgreSQL', { skip: postgresSkip() }, () => {
  let to: People
  let from = ''
  let drop: () => Promise<void>
  before(async () => {
    to = await openPeople({ limits: noLimits })
    const fresh = await freshPostgres()
    if (fresh.skipped !== undefined) throw new Error(fresh.skipped)
    ;({ url: from, drop } = fresh)
    const client = new pg.Client({ connectionString: from })
    await client.connect()
    await client.query(script)
    await client.end()
  })
  after(async () => {
    await to.house.close()
    await drop()
  })

  const bring = (source: SourceName, since: number | null = null, gauge?: Gauge, address = from) =>
    take(
      to,
      sources[source].read({
        from: address,
        options: {},
        since,
        now: to.house.runtime.now(),
        ...(gauge && { gauge }),
      }),
      {
        source,
        numbers: [...sources[source].numbers],
      },
    )

  test('of Supabase come with passwords, proven addresses and accounts elsewhere, page after page', async () => {
    const gauge = heldGauge()
    const report = await bring('supabase', null, gauge)
    assertFull(gauge, 2301)
    assert.deepEqual([report.created, report.identities, report.conflicts], [2301, 1, []])
    assert.equal(await signsIn(to, 'p1@example.test', bcryptPassword), true)
    assert.equal(await signsIn(to, 'p1@example.test', `${bcryptPassword}x`), false)
    const [first, second] = [await userNamed(to, 'p1@example.test'), await userNamed(to, 'p2@example.test')]
    assert.deepEqual([first?.emailVerified, second?.emailVerified], [false, true])
    assert.deepEqual([second?.name, second?.createdAt], ['Person 2', Date.UTC(2024, 0, 2, 3, 4, 5) / 1000])
    const linked = await identitiesOf(to.house.database, second?.id ?? '')
    assert.deepEqual(
      linked.map(({ upstream, subject }) => [upstream, subject]),
      [['google', '4242']],
    )
    assert.notEqual((await userNamed(to, 'banned@example.test'))?.disabledAt, null)
    const late = await bring('supabase', Date.UTC(2025, 0, 1) / 1000)
    assert.deepEqual([late.created, late.updated, late.same], [0, 0, 6])
  })

  test('come as well by an address that a file holds', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-address-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const report = await bring('supabase', null, undefined, fileAt(join(folder, 'address'), `${from}\n`))
    assert.deepEqual([report.read, report.same], [2301, 2301])
  })

  test('of Rails come with their numbers, and moments without a zone are UTC wherever this runs', async () => {
    const zone = process.env['TZ']
    process.env['TZ'] = 'America/New_York'
    try {
      const report = await bring('rails')
      assert.deepEqual([report.created, report.conflicts], [1, []])
    } finally {
      if (zone === undefined) delete process.env['TZ']
      else process.env['TZ'] = zone
    }
    assert.equal(await signsIn(to, 'rails@example.test', bcryptPassword), true)
    const user = await userByNumber(to.house.database, 'knock user', 1)
    assert.deepEqual(
      [user?.email, user?.createdAt],
      ['rails@example.test', Date.UTC(2024, 0, 2, 3, 4, 5) / 1000],
    )
  })
})
