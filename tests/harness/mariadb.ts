// A MariaDB of one test's own, from the programs of the system; where there are none, a reason to skip.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from './processes.ts'

const run = promisify(execFile)

/** A server with one database, and what ends it. */
export interface MariaDb extends AsyncDisposable {
  /** For a user who may read. */
  readonly url: string
  /** Runs statements as its administrator. */
  readonly execute: (sql: string) => Promise<void>
}

/** Why there is none, or false: for whoever skips. */
export function mariaDbSkip(): string | false {
  return programs() === null && 'MariaDB’s server is not installed (mariadbd)'
}

function programs(): { readonly server: string; readonly install: string } | null {
  const find = (...names: string[]) =>
    names
      .flatMap((name) => ['/usr/sbin', '/usr/bin', '/usr/local/bin'].map((folder) => join(folder, name)))
      .find((path) => existsSync(path))
  const [server, install] = [find('mariadbd', 'mysqld'), find('mariadb-install-db', 'mysql_install_db')]
  return server === undefined || install === undefined ? null : { server, install }
}

/** Starts a server with a database `old`, and a user who may read it. @throws when it can't be started */
export async function startMariaDb(): Promise<MariaDb> {
  const found = programs()
  if (found === null) throw new Error(String(mariaDbSkip()))
  const folder = mkdtempSync(join(tmpdir(), 'countersign-mariadb-'))
  const [datadir, socket] = [join(folder, 'data'), join(folder, 'socket')]
  const own = ['--no-defaults', `--datadir=${datadir}`, `--user=${userInfo().username}`]
  await run(found.install, [...own, '--auth-root-authentication-method=normal', '--skip-test-db'])
  const port = await freePort()
  const child = spawn(
    found.server,
    [...own, `--socket=${socket}`, `--port=${port}`, '--bind-address=127.0.0.1', '--skip-name-resolve'],
    { stdio: 'ignore' },
  )
  const execute = async (sql: string): Promise<void> => {
    const { createConnection } = await import('mysql2/promise')
    const connection = await createConnection({ socketPath: socket, user: 'root', multipleStatements: true })
    try {
      await connection.query(sql)
    } finally {
      await connection.end()
    }
  }
  await untilItAnswers(() => execute('select 1'))
  await execute(
    "create database old; create user reader identified by 'a-readers-password'; grant select on old.* to reader",
  )
  return {
    url: `mysql://reader:a-readers-password@127.0.0.1:${port}/old`,
    execute: (sql) => execute(`use old; ${sql}`),
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, 'exit')
      child.kill()
      await ended
      rmSync(folder, { recursive: true })
    },
  }
}

async function untilItAnswers(ask: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + 60_000
  for (;;) {
    try {
      await ask()
      return
    } catch (error) {
      if (performance.now() > deadline) throw error
      await new Promise((resume) => setTimeout(resume, 100))
    }
  }
}
