// A peer: Better Auth with e-mail and password on an embedded database, in a bare `node:http` server.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { toNodeHandler } from 'better-auth/node'

const auth = betterAuth({
  baseURL: 'http://localhost',
  secret: 'bench-secret-0123456789abcdef0123456789',
  database: new DatabaseSync(process.env['BENCH_DATABASE'] ?? ':memory:'),
  emailAndPassword: { enabled: true },
  trustedOrigins: ['*'],
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
})
await (await getMigrations(auth.options)).runMigrations()
const server = createServer(toNodeHandler(auth))
server.listen(0, 'localhost', () =>
  console.log(`ready http://localhost:${(server.address() as AddressInfo).port}`),
)
process.on('SIGTERM', () => process.exit(0))
