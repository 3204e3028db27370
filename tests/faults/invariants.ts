// What must hold in the tables at every moment at which a crash may leave them: each rule is a query for what breaks it.
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'

type Row = Record<string, unknown>
type Ask = (sql: string) => Promise<Row[]>

/** Whole or absent: what one commit writes to several tables is in all of them or in none. */
const rules: readonly (readonly [broken: string, sql: string])[] = [
  [
    'a generation of a family exists twice',
    'select family_id, generation from refresh_tokens group by family_id, generation having count(*) > 1',
  ],
  [
    'a family has a gap in its line',
    'select family_id from refresh_tokens group by family_id having count(*) <> max(generation) + 1',
  ],
  [
    'a refresh token is not sealed for its predecessor, or has one although it is the first',
    'select digest from refresh_tokens where (sealed_token is null) <> (generation = 0)',
  ],
  [
    'a family exists without its spent code',
    `select f.id from families f left join codes c on c.family_id = f.id and c.spent_at is not null
     left join device_codes d on d.family_id = f.id and d.spent_at is not null
     left join backchannel_requests b on b.family_id = f.id and b.spent_at is not null
     where c.digest is null and d.digest is null and b.digest is null`,
  ],
  [
    'a code is spent without its family or a withdrawal',
    `select c.digest from codes c left join families f on f.id = c.family_id
     left join events e on e.type = 'consent.withdrawn' and e.user_id = c.user_id
     where c.spent_at is not null and f.id is null and e.id is null`,
  ],
  ...[
    ['a device code', 'device_codes'],
    ['a backchannel request', 'backchannel_requests'],
  ].flatMap(([what, table]): [string, string][] => [
    [
      `${what} is spent without its family or a withdrawal`,
      `select d.digest from ${table} d left join families f on f.id = d.family_id
       left join events e on e.type = 'consent.withdrawn' and e.user_id = d.user_id
       where d.spent_at is not null and f.id is null and e.id is null`,
    ],
    [
      `${what} was allowed without its session or its event`,
      `select d.digest from ${table} d left join sessions s on s.id = d.session_id and s.held_by = d.client_id
       left join events e on e.type = 'consent.granted' and e.family_id = d.family_id
       where d.session_id is not null and (s.id is null or e.id is null)`,
    ],
  ]),
  [
    'a family has no first refresh token',
    `select f.id from families f left join refresh_tokens t on t.family_id = f.id and t.generation = 0
     where t.digest is null`,
  ],
  [
    'a family was opened without its event',
    `select f.id from families f left join events e on e.type = 'token.issued' and e.family_id = f.id
     where e.id is null`,
  ],
  [
    'a family was refreshed without its events, or the other way round',
    `select t.family_id from (
       select family_id, count(*) as n from refresh_tokens where generation > 0 group by family_id
     ) t full join (
       select family_id, count(*) as n from events where type = 'token.refreshed' group by family_id
     ) e on e.family_id = t.family_id where t.n is null or e.n is null or t.n <> e.n`,
  ],
  [
    'a family was revoked without its event',
    `select f.id from families f where f.revoked_at is not null and not exists (
       select e.id from events e where e.family_id = f.id
         and e.type in ('token.revoked', 'refresh.reused', 'code.replayed')
     ) and f.revoked_because <> 'consent withdrawn'`,
  ],
  [
    'a session ended without its event',
    `select s.id from sessions s where s.ended_at is not null and not exists (
       select e.id from events e where e.session_id = s.id and e.type in ('user.signed_out', 'session.ended')
     ) and not exists (
       select e.id from events e where e.user_id = s.user_id and e.type in ('password.changed', 'user.disabled')
     )`,
  ],
  [
    'a session of before a password change lives',
    `select s.id from sessions s join passwords p on p.user_id = s.user_id
     where s.ended_at is null and s.authenticated_at < p.changed_at`,
  ],
]

async function broken(ask: Ask): Promise<string[]> {
  const found: string[] = []
  for (const [name, sql] of rules) {
    const rows = await ask(sql)
    if (rows.length > 0) found.push(`${name}: ${JSON.stringify(rows.slice(0, 3))}`)
  }
  return found
}

/**
 * What is wrong with an embedded database. Looks at a copy, so that the server that comes next finds what the one before
 * left, and does the recovery itself; so nobody may be writing.
 */
export async function brokenInSqlite(file: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-look-'))
  const copy = join(folder, 'copy.db')
  try {
    for (const end of ['', '-wal']) {
      if (existsSync(file + end)) copyFileSync(file + end, copy + end)
    }
    return await brokenInFile(copy)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The same for a file that is nobody else's. A database without tables yet breaks nothing. */
export async function brokenInFile(file: string): Promise<string[]> {
  const connection = new DatabaseSync(file)
  try {
    const ask = async (sql: string) => connection.prepare(sql).all() as Row[]
    const [integrity] = await ask('pragma integrity_check')
    const foreign = await ask('pragma foreign_key_check')
    const found = integrity?.['integrity_check'] === 'ok' ? [] : [`integrity: ${JSON.stringify(integrity)}`]
    if (foreign.length > 0) found.push(`foreign keys: ${JSON.stringify(foreign)}`)
    const [tables] = await ask(`select count(*) as n from sqlite_schema where name = 'refresh_tokens'`)
    return tables?.['n'] === 0 ? found : [...found, ...(await broken(ask))]
  } finally {
    connection.close()
  }
}

export async function brokenInPostgres(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await broken(async (sql) => (await client.query(sql)).rows as Row[])
  } finally {
    await client.end()
  }
}
