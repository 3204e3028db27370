// PostgreSQL for tests: one private cluster made from the installed binaries, thrown away afterwards, and a fresh
// database per call. `npm test` starts one cluster for the whole run and names it in COUNTERSIGN_TEST_POSTGRES;
// a test file that is run alone starts its own.
//
// The cluster outlives nobody: its keeper, a small shell script in a session of its own, holds the other end of
// a pipe and stops the cluster and deletes it as soon as the pipe closes, which the kernel does for us even after
// a kill -9 of the process that started it.
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import pg from 'pg'
import { freePort } from './processes.ts'

export interface Cluster {
  /** Of a superuser on the maintenance database. */
  readonly url: string
  /** Its first process, which all others of it come from. */
  readonly pid: number
  /** Stops the server and deletes its files. */
  readonly stop: () => Promise<void>
}
export interface Skipped {
  readonly skipped: string
}
export interface FreshPostgres extends AsyncDisposable {
  readonly skipped?: undefined
  readonly url: string
  /** Drops the database, throwing out whoever is still connected. */
  readonly drop: () => Promise<void>
}

/**
 * An empty database of its own, or the reason why there can be none: give that to node:test's `skip`. The cluster
 * keeps `fsync` on, compares text by bytes (locale C), and takes 200 connections.
 */
export async function freshPostgres(): Promise<FreshPostgres | Skipped> {
  const url = process.env['COUNTERSIGN_TEST_POSTGRES'] || (await ownCluster())
  if (typeof url !== 'string') return url
  return newDatabase(url)
}

async function newDatabase(url: string, like = ''): Promise<FreshPostgres> {
  const name = `test_${randomBytes(8).toString('hex')}`
  await run(url, `create database ${name}${like}`)
  const drop = () => run(url, `drop database if exists ${name} with (force)`)
  return { url: placeOf(url, name), drop, [Symbol.asyncDispose]: drop }
}

function placeOf(cluster: string, name: string): string {
  const place = new URL(cluster)
  place.pathname = `/${name}`
  return place.href
}

/**
 * As freshPostgres, a copy of a database that `prepare` fills: once for the cluster, whichever process comes first, since
 * copying costs a fraction of making. `prepare` leaves no connection open.
 */
export async function copyOfPostgres(
  original: string,
  prepare: (url: string) => Promise<void>,
): Promise<FreshPostgres | Skipped> {
  const url = process.env['COUNTERSIGN_TEST_POSTGRES'] || (await ownCluster())
  if (typeof url !== 'string') return url
  let ready = prepared.get(original)
  if (ready === undefined) {
    ready = prepareOnce(url, original, prepare)
    prepared.set(original, ready)
    // A failure must not be remembered as the original.
    ready.catch(() => prepared.delete(original))
  }
  await ready
  return newDatabase(url, ` template ${original}`)
}

const prepared = new Map<string, Promise<void>>()

async function prepareOnce(
  url: string,
  name: string,
  prepare: (url: string) => Promise<void>,
): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    // Held until this connection ends, however it does.
    await client.query('select pg_advisory_lock(hashtext($1))', [name])
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name])
    if (rowCount !== 0) return
    const half = `half_${name}`
    await client.query(`drop database if exists ${half} with (force)`)
    await client.query(`create database ${half}`)
    await prepare(placeOf(url, half))
    await client.query(`alter database ${half} rename to ${name}`)
  } finally {
    await client.end()
  }
}

/** Why no database can be had here, or false: what `test(…, { skip })` wants, before the first test runs. */
export function postgresSkip(): string | false {
  if (process.env['COUNTERSIGN_TEST_POSTGRES']) return false
  const found = findPostgres()
  return found.skipped ?? false
}

let mine: Promise<string | Skipped> | undefined
function ownCluster(): Promise<string | Skipped> {
  mine ??= startCluster().then((cluster) => ('url' in cluster ? cluster.url : cluster))
  return mine
}

async function run(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

/** The folder of `initdb` and `pg_ctl`: on the PATH, or the newest that Debian, Homebrew or RHEL put aside. */
export function findPostgres(): { readonly bin: string; readonly skipped?: undefined } | Skipped {
  if (process.platform === 'win32') return { skipped: 'a private PostgreSQL cluster needs a Unix machine' }
  const candidates = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    ...versions('/usr/lib/postgresql', 'bin'),
    ...versions('/opt/homebrew/opt', 'bin', /^postgresql/),
    ...versions('/usr/local/opt', 'bin', /^postgresql/),
    ...versions('/usr', 'bin', /^pgsql-/),
  ]
  const bin = candidates.find(
    (folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'pg_ctl')),
  )
  return bin
    ? { bin }
    : { skipped: 'no PostgreSQL here: initdb and pg_ctl are neither on the PATH nor where systems put them' }
}

function versions(folder: string, inside: string, name = /^\d/): string[] {
  if (!existsSync(folder)) return []
  const found = readdirSync(folder).filter((entry) => name.test(entry))
  return found
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    .map((entry) => join(folder, entry, inside))
}

/** Starts a cluster of this process's own; it ends with `stop()`, or by itself when this process ends. */
export async function startCluster(): Promise<Cluster | Skipped> {
  const found = findPostgres()
  if (found.skipped !== undefined) return found
  const owner = unprivileged()
  if ('skipped' in owner) return owner
  const base = mkdtempSync(join(tmpdir(), 'countersign-postgres-'))
  if (owner.uid !== undefined && owner.gid !== undefined) chownSync(base, owner.uid, owner.gid)
  const password = randomBytes(16).toString('hex')
  const passwordFile = join(base, 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (owner.uid !== undefined && owner.gid !== undefined) chownSync(passwordFile, owner.uid, owner.gid)

  const folder = join(base, 'cluster')
  const made = spawnSync(
    join(found.bin, 'initdb'),
    [
      `--pgdata=${folder}`,
      '--username=countersign',
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ],
    { ...owner, cwd: base, env: bare(), encoding: 'utf8' },
  )
  if (made.status !== 0) {
    rmSync(base, { recursive: true, force: true })
    throw new Error(
      `initdb failed in ${folder}:\n${made.stdout}\n${made.stderr}\n${made.error?.message ?? ''}`,
    )
  }
  // Between asking for a free port and listening on it, somebody else may take it: then another one will do.
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const started = await startKeeper(found.bin, base, port, owner, attempt === 5)
    if (started.ok) {
      const pid = Number.parseInt(readFileSync(join(folder, 'postmaster.pid'), 'utf8'), 10)
      return { url: `postgres://countersign:${password}@127.0.0.1:${port}/postgres`, pid, stop: started.stop }
    }
    if (attempt === 5) throw new Error(`PostgreSQL did not start:\n${started.log}`)
  }
}

interface Owner {
  readonly uid?: number
  readonly gid?: number
}

/** Whom the cluster runs as: us; or, as PostgreSQL refuses to run as root, `postgres` or `nobody`. */
function unprivileged(): Owner | Skipped {
  if (process.getuid?.() !== 0) return {}
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  for (const name of ['postgres', 'nobody']) {
    const fields = lines.find((line) => line.startsWith(`${name}:`))?.split(':')
    if (fields) return { uid: Number(fields[2]), gid: Number(fields[3]) }
  }
  return { skipped: 'PostgreSQL refuses to run as root, and there is neither a postgres nor a nobody user' }
}

// PG* variables of whoever runs the tests must not reach another server.
function bare(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' }
}

// $1 bin, $2 base, $3 port, $4 "last" to delete the files after a failed start too.
const keeper = `
if "$1/pg_ctl" -D "$2/cluster" -l "$2/log" -w -t 60 -o "-p $3 -c listen_addresses=127.0.0.1 \
  -c unix_socket_directories= -c max_connections=200 -c fsync=on" start >/dev/null 2>&1
then
  echo ready
  cat >/dev/null
  "$1/pg_ctl" -D "$2/cluster" -m immediate -w stop >/dev/null 2>&1
else
  tail -n 20 "$2/log"
  [ "$4" = last ] || exit 1
fi
cd /
rm -rf "$2"
`

type Started = { ok: true; stop: () => Promise<void> } | { ok: false; log: string }

function startKeeper(bin: string, base: string, port: number, owner: Owner, last: boolean): Promise<Started> {
  const child = spawn('/bin/sh', ['-c', keeper, 'keeper', bin, base, String(port), last ? 'last' : ''], {
    ...owner,
    cwd: base,
    env: bare(),
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const closed = new Promise<void>((resolve) => child.on('close', () => resolve()))
  const stop = () => {
    child.ref()
    child.stdin.end()
    return closed
  }
  return new Promise((resolve, reject) => {
    let said = ''
    child.on('error', reject)
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (!said.startsWith('ready\n')) return
      // From here on the keeper must not keep this process: only this process keeps the keeper.
      child.unref()
      unref(child.stdin)
      unref(child.stdout)
      resolve({ ok: true, stop })
    })
    void closed.then(() => resolve({ ok: false, log: said }))
  })
}

// Pipes to a child are sockets, which the stream types don't say.
function unref(stream: object): void {
  if ('unref' in stream && typeof stream.unref === 'function') stream.unref()
}
