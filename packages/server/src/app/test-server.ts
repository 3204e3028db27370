// What programs import from `countersign/testing`: a whole development server in memory, for the tests of applications.
// Most come to it by `testServer` of @countersign/sdk/testing.
import { passwordsOf } from '../accounts/credentials/passwords.ts'
import { createUser } from '../accounts/users/create-user.ts'
import { type ApiDescription, createApi } from '../oauth/apis/registration.ts'
import { type ClientDescription, createClient } from '../oauth/clients/registration.ts'
import type { Platform } from '../platform/platform.ts'
import { movableRuntime } from '../platform/runtime.ts'
import { type Running, runServer } from './run.ts'
import { seed, seededPassword, seededPeople } from './seed.ts'
import { listen } from './serve.ts'
import { loadSettings } from './settings.ts'

/** Somebody who can sign in. */
export interface TestUser {
  readonly issuer: string
  /** `sub` in their tokens. */
  readonly subject: string
  readonly username: string
  readonly email: string
  readonly password: string
}

/** Who and what is there beside the people and clients of every development server. */
export interface TestServerOptions {
  /** By their user names; everyone's password is that of the seeded people unless told. */
  readonly users?: Readonly<Record<string, { readonly name?: string; readonly password?: string }>>
  readonly clients?: readonly (ClientDescription & { readonly id: string })[]
  readonly apis?: readonly ApiDescription[]
  /** The origin that the seeded clients `demo-spa` and `demo-machine` are registered for. */
  readonly application?: string
}

export interface TestServer {
  readonly issuer: string
  /** By user name: `ada`, `grace`, `tim`, `admin`, and those of the options. */
  readonly users: Readonly<Record<string, TestUser>>
  /** Moves the server's clock ahead. */
  advance(seconds: number): void
  /** Stops it; nothing of it stays. */
  close(): Promise<void>
}

/** Between asking for a free port and listening on it, somebody else may take it: then another one will do. */
const attempts = 5

/**
 * Starts one at a free port of localhost, on a database in memory that ends with it.
 *
 * @throws Error for a user, client or API that is refused, with what speaks against it
 */
export async function createTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const running = await runSomewhere(attempts)
  const { platform, stop } = running
  try {
    const users = await populate(platform, options)
    // The clock of a development server that is told COUNTERSIGN_CLOCK=test can be moved.
    const { advance } = platform.runtime as ReturnType<typeof movableRuntime>
    return { issuer: platform.issuer.url, users, advance: (seconds) => advance(seconds), close: () => stop() }
  } catch (error) {
    await stop()
    throw error
  }
}

async function runSomewhere(left: number): Promise<Running> {
  const { settings, findings } = loadSettings({
    env: {
      PORT: String(await freePort()),
      DATABASE_URL: ':memory:',
      COUNTERSIGN_SECRET: movableRuntime().secret(48),
      COUNTERSIGN_CLOCK: 'test',
      LOG_LEVEL: 'error',
    },
    config: {},
    mode: 'development',
  })
  if (findings.length > 0) throw new Error(findings.map(({ message }) => message).join('\n'))
  try {
    return await runServer(settings, 'apply')
  } catch (error) {
    const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
    if (taken && left > 1) return runSomewhere(left - 1)
    throw error
  }
}

async function freePort(): Promise<number> {
  const nobody = { answer: () => Promise.reject(new Error('nothing is served here')) }
  const { port, drain } = await listen(nobody, { host: 'localhost', port: 0 })
  await drain(0)
  return port
}

async function populate(platform: Platform, options: TestServerOptions): Promise<TestServer['users']> {
  const { users = {}, clients = [], apis = [], application = 'http://localhost:4401' } = options
  const passwords = passwordsOf(platform)
  await seed(platform, passwords, application)
  const known = new Map<string, TestUser>()
  const remember = (subject: string, username: string, password: string) =>
    known.set(username, {
      issuer: platform.issuer.url,
      subject,
      username,
      email: `${username}@example.test`,
      password,
    })
  for (const { username } of seededPeople) remember(`usr_${username}`, username, seededPassword)
  for (const [username, { name = username, password = seededPassword }] of Object.entries(users)) {
    const person = { id: `usr_${username}`, username, name, password, email: `${username}@example.test` }
    accepted(username, await createUser(platform, passwords, { ...person, emailVerified: true }))
    remember(person.id, username, password)
  }
  for (const api of apis) accepted(api.identifier, await createApi(platform, api))
  for (const client of clients) accepted(client.id, await createClient(platform, client))
  return Object.fromEntries(known)
}

function accepted(
  what: string,
  result: { readonly ok: boolean; readonly findings?: readonly { readonly message: string }[] },
): void {
  if (result.ok) return
  throw new Error(`${what} is refused: ${result.findings?.map(({ message }) => message).join(' ')}`)
}
