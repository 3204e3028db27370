// A production server of ours with what the benchmarks need: one API with JWTs, one with opaque tokens, a machine,
// a web client, people. Set up through the server's own functions, then started with its own command.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { passwordsOf } from '../packages/server/src/accounts/credentials/passwords.ts'
import { createUser } from '../packages/server/src/accounts/users/create-user.ts'
import { openPlatform } from '../packages/server/src/app/foundation.ts'
import { loadSettings } from '../packages/server/src/app/settings.ts'
import { createApi } from '../packages/server/src/oauth/apis/registration.ts'
import { createClient } from '../packages/server/src/oauth/clients/registration.ts'
import type { Platform } from '../packages/server/src/platform/platform.ts'
import { type Server, startServer } from './process.ts'

export const host = 'id.bench.example'
export const password = 'a passphrase for the benchmark'
export const secret = 'bench-secret-0123456789abcdef0123456789'
export const redirectUri = 'https://app.bench.example/callback'
/** Its tokens are JWTs. */
export const jwtApi = 'https://api.bench.example'
/** Its tokens are opaque. */
export const opaqueApi = 'https://opaque.bench.example'

const source = fileURLToPath(new URL('../packages/server/src/app/cli/main.ts', import.meta.url))
const bundle = fileURLToPath(new URL('../packages/server/dist/countersign.js', import.meta.url))

export interface Ours {
  readonly server: Server
  remove(): Promise<void>
}

const profiles = { basic: true, simplejwt: { accessTokenLifetime: 3600 } }

/** What a server is to be measured with. */
export interface OursOptions {
  /** Measure the bundle that is published rather than the sources. */
  readonly built?: boolean
  readonly people?: number
  /** Believe the sender's X-Forwarded-For. */
  readonly proxied?: boolean
  /** Speak the wires of others as well. */
  readonly wires?: boolean
  /** The address of an empty PostgreSQL database; SQLite without. */
  readonly database?: string
  /** What else is to be in the database. */
  readonly fill?: (platform: Platform) => Promise<void>
}

/** Fills a database, and starts a server over it. */
export async function startOurs(options: OursOptions = {}): Promise<Ours> {
  const { built = false, people = 1, proxied = false, wires = false, database, fill } = options
  const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-'))
  const env = {
    COUNTERSIGN_URL: `https://${host}`,
    COUNTERSIGN_SECRET: 'k3Jx9vQ2mZ7pL4wR8tY1uN6bH5cF0gDsA2eWqXzV',
    DATABASE_URL: database ?? `file:${join(folder, 'bench.db')}`,
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'silent',
    ...(proxied ? { COUNTERSIGN_TRUST_PROXY: '127.0.0.1' } : {}),
  }
  const config = join(folder, 'bench.json')
  await writeFile(config, JSON.stringify(wires ? { profiles } : {}))
  await populate(env, people, fill)
  const server = await startServer(built ? bundle : source, {
    args: ['start', '--config', config],
    env,
    ready: /Listening\s+(\S+)/,
    conditions: !built,
  })
  return {
    server: { ...server, url: `http://${server.url}` },
    remove: async () => {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function populate(
  env: Record<string, string>,
  people: number,
  fill: OursOptions['fill'],
): Promise<void> {
  const { settings } = loadSettings({ env, config: {}, mode: 'production' })
  const platform = await openPlatform(settings, 'apply')
  await createApi(platform, {
    identifier: jwtApi,
    accessTokenSeconds: 3600,
    scopes: [{ name: 'accounts:read', description: 'Read' }],
  })
  await createApi(platform, {
    identifier: opaqueApi,
    tokenFormat: 'opaque',
    accessTokenSeconds: 3600,
    scopes: [{ name: 'opaque:read', description: 'Read' }],
  })
  await createClient(platform, {
    id: 'bench',
    name: 'Bench',
    secret,
    grants: ['client_credentials'],
    scopes: ['accounts:read', 'opaque:read'],
    api: opaqueApi,
  })
  await createClient(platform, {
    id: 'bench-web',
    name: 'Bench Web',
    secret,
    redirectUris: [redirectUri],
    scopes: ['openid', 'profile', 'email', 'offline_access', 'accounts:read'],
  })
  const passwords = passwordsOf(platform)
  for (let index = 0; index < people; index++) {
    const created = await createUser(platform, passwords, {
      email: `person${index}@bench.example`,
      name: `Person ${index}`,
      password,
      emailVerified: true,
    })
    if (!created.ok) throw new Error(created.findings.map(({ message }) => message).join('; '))
  }
  await fill?.(platform)
  await platform.close()
}
