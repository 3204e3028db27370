// Every client of others that is run against this server: in what version, by which file, and what it needs to be told.
// docs/clients.md shows the same table.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { applications } from './applications/applications.ts'
import { type Outcome, type Step, steps } from './client-run.ts'
import { languages } from './languages.ts'

export interface Client {
  readonly name: string
  readonly registry: 'npm' | 'Go' | 'PyPI' | 'Maven' | 'crates.io'
  readonly version: string
  /** From the root: the program, the application, or the tests. */
  readonly file: string
  /** In `npm test`, or only in `npm run interop`. */
  readonly runs: 'npm test' | 'npm run interop'
  /** What its own defaults leave out; empty when it works as its documents show it. */
  readonly needs: string
}

const root = new URL('../../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')

const npmVersions = JSON.parse(read('package-lock.json')) as {
  readonly packages: Readonly<Record<string, { readonly version: string }>>
}

const byNpm = (name: string, path: string, needs = ''): Client => ({
  name,
  registry: 'npm',
  version: npmVersions.packages[`node_modules/${name}`]?.version ?? '',
  file: `tests/interop/${path}`,
  runs: 'npm test',
  needs,
})

const byLanguage = (
  name: string,
  registry: Client['registry'],
  path: string,
  version: readonly [lockFile: string, pattern: RegExp],
  needs = '',
): Client => ({
  name,
  registry,
  version: version[1].exec(read(`tests/interop/${version[0]}`))?.[1] ?? '',
  file: `tests/interop/${path}`,
  runs: 'npm run interop',
  needs,
})

export const clients: readonly Client[] = [
  byNpm('openid-client', 'matrix.test.ts'),
  byNpm('oauth4webapi', 'matrix.test.ts'),
  byNpm('oidc-client-ts', 'oidc-client-ts.test.ts'),
  byNpm(
    '@auth/core',
    'applications/auth-core.ts',
    "`checks: ['pkce', 'state', 'nonce']`; `type: 'oidc'` with the issuer is all else",
  ),
  byNpm(
    '@openid/appauth',
    'applications/appauth.ts',
    'reads the answer from the query, which a subclass of `BasicQueryStringUtils` tells it; a bundler',
  ),
  byNpm('arctic', 'applications/arctic.ts', '`createAuthorizationURLWithPKCE`; verifies no ID token'),
  byNpm('better-auth', 'applications/better-auth.ts', 'the generic OAuth plugin with `discoveryUrl`'),
  byNpm('@modelcontextprotocol/sdk', 'mcp.test.ts', 'profile `mcp` (`COUNTERSIGN_PROFILE`)'),
  byNpm('@modelcontextprotocol/conformance', 'mcp.test.ts', 'profile `mcp`'),
  byNpm('passport-oauth2', 'applications/passport-oauth2.ts', '`state: true, pkce: true`'),
  byNpm('passport-openidconnect', 'passport.test.ts', 'knows no PKCE: a subclass of 20 lines adds it'),
  byNpm(
    'simple-oauth2',
    'applications/simple-oauth2.ts',
    'PKCE by hand; `http: { json: true }`, or it refuses the empty answer to a revocation',
  ),
  byLanguage(
    '@badgateway/oauth2-client',
    'npm',
    'npm/oauth2-client.mjs',
    ['npm/package.json', /"@badgateway\/oauth2-client": "([^"]+)"/],
    'a `codeVerifier` in both of its calls',
  ),
  byLanguage(
    'express-openid-connect',
    'npm',
    'npm/express-openid-connect.mjs',
    ['npm/package.json', /"express-openid-connect": "([^"]+)"/],
    "`response_type: 'code'`, `idTokenSigningAlg: 'ES256'`",
  ),
  byLanguage(
    'next-auth',
    'npm',
    'npm/next-auth.mjs',
    ['npm/package.json', /"next-auth": "([^"]+)"/],
    "`checks` with `'pkce'`; `userinfo: { request }` beside `idToken`; `client: { id_token_signed_response_alg: 'ES256' }`",
  ),
  byLanguage('go-oidc', 'Go', 'go/main.go', ['go/go.mod', /coreos\/go-oidc\/v3 v(\S+)/]),
  byLanguage(
    'x/oauth2',
    'Go',
    'go/main.go',
    ['go/go.mod', /golang\.org\/x\/oauth2 v(\S+)/],
    '`S256ChallengeOption`; a confidential device adds its `client_secret` to `DeviceAuth`',
  ),
  byLanguage(
    'Authlib',
    'PyPI',
    'python/main.py',
    ['python/requirements.txt', /^Authlib==(\S+)$/m],
    "`code_challenge_method: 'S256'` in `client_kwargs`",
  ),
  byLanguage('Nimbus oauth2-oidc-sdk', 'Maven', 'java/Interop.java', [
    'java/pom.xml',
    /<artifactId>oauth2-oidc-sdk<\/artifactId>\s*<version>([^<]+)/,
  ]),
  byLanguage(
    'openidconnect',
    'crates.io',
    'rust/src/main.rs',
    ['rust/Cargo.toml', /^openidconnect = \{ version = "=([^"]+)"/m],
    '`set_pkce_challenge`; revokes only at https',
  ),
]

/** What a program says that it did, read from its source; null for one that takes no steps but is a test of its own. */
export function stepsIn(file: string): ReadonlyMap<Step, Outcome> | null {
  const found = [...read(file).matchAll(/\b(done|by_?hand)\(['"]([\w-]+)['"]\)/gi)]
  if (found.length === 0) return null
  return new Map(
    steps.flatMap((step) => {
      const [, how] = found.find(([, , name]) => name === step) ?? []
      return how === undefined ? [] : [[step, how === 'done' ? 'done' : 'by hand'] as const]
    }),
  )
}

const marks = { done: '✓', 'by hand': '○' } as const

/** The tables of docs/clients.md, from one comment to the other. */
export function documentedTables(): string {
  const rows = clients.map(
    ({ name, registry, version, file, runs, needs }) =>
      `| ${name} | ${registry} | ${version} | [${file.replace('tests/interop/', '')}](../${file}) | \`${runs}\` | ${needs || '–'} |`,
  )
  const taken = [...new Set(clients.map(({ file }) => file))].flatMap((file) => {
    const own = stepsIn(file)
    if (own === null) return []
    const cells = steps.map((step) => {
      const outcome = own.get(step)
      return outcome === undefined ? '' : marks[outcome]
    })
    const names = clients.filter((client) => client.file === file).map(({ name }) => name)
    return [`| ${names.join(', ')} | ${cells.join(' | ')} |`]
  })
  return [
    '| client | from | version | run by | in | needs |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
    `| client | ${steps.join(' | ')} |`,
    `|---|${steps.map(() => '---|').join('')}`,
    ...taken,
  ].join('\n')
}

/** Every program of the languages and every application is in the list, and the list has no others. */
export function unlisted(): string[] {
  const files = new Set(clients.map(({ file }) => file))
  return [
    ...applications.map(({ file }) => `tests/interop/applications/${file}`),
    ...languages.map(({ folder, source }) => `tests/interop/${folder}/${source}`),
  ].filter((file) => !files.has(file))
}

export const documentPath = fileURLToPath(new URL('docs/clients.md', root))
