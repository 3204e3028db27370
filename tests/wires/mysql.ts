// People brought from a real MariaDB: a database of Django and one of Rails, as their frameworks lay them out there.

import { totpOf } from '../../packages/server/src/accounts/factors/factors.store.ts'
import { openTotp } from '../../packages/server/src/accounts/factors/factors.ts'
import { noLimits, openPeople } from '../../packages/server/src/accounts/people.fixture.ts'
import { hashBy, signsIn, take, userNamed } from '../../packages/server/src/admin/moving/moving.fixture.ts'
import { sources } from '../../packages/server/src/admin/moving/sources/sources.ts'
import { startMariaDb } from '../harness/mariadb.ts'
import type { Held } from './held.ts'

const [password, hash] = hashBy('django pbkdf2_sha256')
const [railsPassword, railsHash] = hashBy('bcrypt 2a')
const script = `
  create table auth_user (id int auto_increment primary key, username varchar(150) not null unique, password varchar(128) not null,
    email varchar(254) not null, first_name varchar(150) not null default '', last_name varchar(150) not null default '',
    is_staff tinyint(1) not null default 0, is_superuser tinyint(1) not null default 0,
    is_active tinyint(1) not null default 1, date_joined datetime(6) not null, last_login datetime(6) null) charset utf8mb4;
  create table auth_group (id int auto_increment primary key, name varchar(150) not null);
  create table auth_user_groups (id bigint auto_increment primary key, user_id int not null, group_id int not null, key (user_id));
  create table otp_totp_totpdevice (id int auto_increment primary key, user_id int, name varchar(64), confirmed tinyint(1),
    \`key\` varchar(80), step smallint unsigned, t0 bigint, digits smallint unsigned, tolerance smallint unsigned,
    drift smallint, last_t bigint);
  insert into auth_user (id, username, password, email, first_name, date_joined)
    select seq, concat('person', seq), '${hash}', concat('p', seq, '@example.test'), 'Zoë 😀', '2024-01-02 03:04:05.678901'
    from seq_1_to_2300;
  update auth_user set is_active = 0 where id = 2;
  insert into auth_group values (1, 'Tellers');
  insert into auth_user_groups (user_id, group_id) select seq, 1 from seq_1_to_2300;
  insert into otp_totp_totpdevice values (1, 3, 'phone', 1, hex('12345678901234567890'), 30, 0, 6, 1, 0, -1);
  create table club_member (member_no char(32) primary key, username varchar(150) not null unique, password varchar(128) not null,
    email varchar(254) not null, is_active tinyint(1) not null, date_joined datetime(6) not null);
  create table club_member_groups (id bigint auto_increment primary key, member_id char(32) not null, group_id int not null);
  insert into club_member values ('0b5cd1a0f0c04e1fa3c5b0c44b5b7d11', 'grace', '${hash}', '', 1, '2024-01-02 03:04:05');
  insert into club_member_groups (member_id, group_id) values ('0b5cd1a0f0c04e1fa3c5b0c44b5b7d11', 1);
  create table users (id bigint auto_increment primary key, email varchar(255) not null, password_digest varchar(255),
    created_at datetime(6) not null, updated_at datetime(6) not null);
  insert into users values (5, 'rails@example.test', '${railsHash}', '2024-01-02 03:04:05', '2024-01-02 03:04:05');`

/** Brings them. */
export async function tryMySql(): Promise<Held[]> {
  await using server = await startMariaDb()
  await server.execute(script)
  const to = await openPeople({ limits: noLimits })
  const bring = (source: 'django' | 'rails', from = server.url) =>
    take(to, sources[source].read({ from, options: {}, since: null, now: to.house.runtime.now() }), {
      source,
      numbers: [...sources[source].numbers],
    })
  try {
    const django = await bring('django')
    const again = await bring('django', server.url.replace('mysql:', 'mariadb:'))
    const rails = await bring('rails')
    const [first, third] = [await userNamed(to, 'person1'), await userNamed(to, 'person3')]
    const totp = third === null ? null : await totpOf(to.house.database, third.id)
    const refused = await bring('django', server.url.replace('a-readers', 'another')).then(
      () => '',
      (error: unknown) => String(error),
    )
    return [
      {
        sentence: 'MariaDB: everybody of Django comes, page after page, and a second time nobody',
        holds: django.created === 2300 && django.conflicts.length === 0 && again.same === 2300,
      },
      {
        sentence:
          'MariaDB: passwords, names beyond one plane, moments in UTC, second factors and who is inactive',
        holds:
          (await signsIn(to, 'person1', password)) &&
          !(await signsIn(to, 'person1', `${password}x`)) &&
          first?.name === 'Zoë 😀' &&
          first.createdAt === Date.UTC(2024, 0, 2, 3, 4, 5) / 1000 &&
          (await userNamed(to, 'person2'))?.disabledAt != null &&
          totp !== null &&
          Buffer.from(openTotp(to.house, totp).secret).toString() === '12345678901234567890',
      },
      {
        sentence: 'MariaDB: and of Rails',
        holds: rails.created === 1 && (await signsIn(to, 'rails@example.test', railsPassword)),
      },
      {
        sentence: 'MariaDB: a wrong password of the database is told without it',
        holds: /can’t be read/.test(refused) && !refused.includes('another-password'),
      },
      {
        sentence: 'MariaDB: a UUID of Django is what Django shows of it, with what belongs to it',
        holds: await isShownWhole(server.url),
      },
    ]
  } finally {
    await to.house.close()
  }
}

async function isShownWhole(from: string): Promise<boolean> {
  const options = { table: 'club_member', id: 'member_no' }
  const shown: [id: string, ...roles: string[]][] = []
  for await (const one of sources.django.read({ from, options, since: null, now: 0 }))
    if (one.kind === 'user') shown.push([one.id, ...one.roles])
  return shown.join() === '0b5cd1a0-f0c0-4e1f-a3c5-b0c44b5b7d11,Tellers'
}
