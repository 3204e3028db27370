// The house keeps its rules (ARCHITECTURE.md): the rules are held against the whole tree, and each rule against small
// houses that break it, so that a rule that stops seeing is noticed.
import { deepEqual, equal, fail, match } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { breachesOf, formatBreach } from './house/rules.ts'
import { readSource } from './house/source.ts'
import { houseFiles } from './house/tree.ts'

test('the house keeps its rules', () => {
  const breaches = breachesOf(houseFiles()).map(formatBreach)
  if (breaches.length > 0) fail(`${breaches.length} breaches of the house rules:\n${breaches.join('\n')}`)
})

test('the rules see the whole house', () => {
  const paths = [...houseFiles().keys()]
  for (const folder of [
    'packages/protocol',
    'packages/policy',
    'packages/server',
    'packages/sdk',
    'tests',
    'scripts',
  ]) {
    equal(
      paths.some((path) => path.startsWith(`${folder}/`) && path.endsWith('.ts')),
      true,
      folder,
    )
  }
})

const manifest = (path: string) =>
  JSON.stringify({ exports: { '.': { '@countersign/source': `./${path}` } } }, null, 2)
const lines = (count: number) =>
  Array.from({ length: count }, (_, line) => `const line${line} = ${line}`).join('\n')

const server = 'packages/server/src'
const sound: Record<string, string> = {
  'packages/protocol/package.json': manifest('src/index.ts'),
  'packages/protocol/src/index.ts': `export { pkce } from './pkce.ts'`,
  'packages/protocol/src/pkce.ts': `import { sha256 } from './jose/crypto.ts'\nexport const pkce = sha256`,
  'packages/protocol/src/jose/crypto.ts': `import { createHash } from 'node:crypto'\nexport const sha256 = createHash`,
  [`${server}/index.ts`]: `export { compose } from './app/compose.ts'`,
  'packages/server/package.json': manifest('src/index.ts'),
  [`${server}/app/compose.ts`]: `import { openDatabase } from '../platform/db/database.ts'
    import { routes } from '../oauth/endpoints/token.routes.ts'
    export const compose = () => [openDatabase(process.env['DATABASE_URL'] ?? ''), routes]`,
  [`${server}/oauth/endpoints/token.routes.ts`]: `import { json } from '../../platform/http/exchange.ts'
    import { current } from '../../accounts/sessions/sessions.ts'
    export const routes = [json(200, current)]`,
  [`${server}/accounts/sessions/sessions.ts`]: `import type { Incoming } from '../../platform/http/exchange.ts'
    import { parse } from '@countersign/protocol'
    // A comment may say "select a from b", <p>, Date.now() and import x from '../../app/compose.ts'
    export const current = (request: Incoming) => new Date(parse(request) * 1000)`,
  [`${server}/accounts/sessions/sessions.store.ts`]: `import { sql } from 'kysely'
    export const find = (db) => db.selectFrom('sessions')`,
  [`${server}/accounts/sessions/sessions.test.ts`]: `import { test } from 'node:test'
    import { openHouse } from '../../platform/house.ts'
    test('a session ends with the browser', () => openHouse(Date.now()))`,
  [`${server}/signin/sign-in.page.ts`]: `export const page = (name: string) => \`<p>\${name}</p>\``,
  [`${server}/accounts/letters/changed.letter.ts`]: `import { html } from '../../platform/html/markup.ts'
    export const letter = (name: string) => html\`<p>\${name}</p>\``,
  [`${server}/platform/house.ts`]: `export const openHouse = () => openDatabase(':memory:')`,
  [`${server}/platform/runtime.ts`]: `export const now = () => Math.floor(Date.now() / 1000)`,
  [`${server}/platform/keys/keyring.ts`]: `import { generateKeyPair } from 'node:crypto'\nexport const make = generateKeyPair`,
  'examples/bank/server.ts': `import { auth } from '@countersign/sdk/express'\nauth()`,
  'scripts/start.ts': `import { compose } from 'countersign'\ncompose()`,
}

/** What is said when the files are added to a sound house. */
function said(files: Record<string, string>): string[] {
  return breachesOf(new Map(Object.entries({ ...sound, ...files }))).map(formatBreach)
}

test('a sound house hears nothing', () => {
  deepEqual(said({}), [])
})

const wrong: Record<string, [path: string, text: string, says: RegExp][]> = {
  'packages keep to their readers': [
    [
      'packages/protocol/src/a.ts',
      `import { can } from '@countersign/policy'`,
      /package rule: protocol imports policy: .*nothing of ours/,
    ],
    [
      'packages/policy/src/a.ts',
      `import type { A } from '../../protocol/src/pkce.ts'`,
      /package rule: .*by its name, never by its path/,
    ],
    [
      'packages/sdk/src/a.ts',
      `import { compose } from 'countersign'`,
      /package rule: sdk imports server: nobody imports the server/,
    ],
    [
      `${server}/app/a.ts`,
      `import { createClient } from '@countersign/sdk/client'`,
      /package rule: server imports sdk: .*protocol and policy/,
    ],
    [
      `${server}/app/a.test.ts`,
      `import { createClient } from '@countersign/sdk/client'`,
      /package rule: server imports sdk/,
    ],
    [
      'packages/console/src/a.ts',
      `export * from '@countersign/protocol'`,
      /package rule: console imports protocol: .*sdk/,
    ],
    [
      'examples/bank/api.ts',
      `import { compose } from 'countersign'`,
      /package rule: imports the server: .*start script/,
    ],
    [
      'packages/policy/src/a.ts',
      `import { readFileSync } from 'node:fs'`,
      /package rule: imports node:fs: policy is pure/,
    ],
    ['packages/protocol/src/a.ts', `import { z } from 'zod'`, /package rule: imports zod: protocol is pure/],
    [
      'packages/protocol/src/a.ts',
      `import { createHash } from 'node:crypto'`,
      /package rule: .*jose\/crypto\.ts/,
    ],
    ['packages/protocol/src/a.ts', 'export const now = Date.now', /package rule: asks for time or chance/],
  ],
  'a file is reached by a way that every machine has': [
    ['tests/a.ts', `import { x } from '/home/me/x.ts'`, /package rule: .*nobody else has that path/],
    ['bench/a.ts', `await import('file:///home/me/x.ts')`, /package rule: .*nobody else has that path/],
  ],
  'a room sees only the floors below it': [
    [
      `${server}/platform/a.ts`,
      `import { x } from '../accounts/x.ts'`,
      /rule 1: platform imports accounts .*not below it/,
    ],
    [`${server}/accounts/a.ts`, `import type { X } from '../oauth/x.ts'`, /rule 1: accounts imports oauth/],
    [
      `${server}/accounts/a.ts`,
      `const x = await import('../app/compose.ts')`,
      /rule 1: accounts imports app/,
    ],
    [`${server}/accounts/a.ts`, `type X = import('../signin/x.ts').X`, /rule 1: accounts imports signin/],
    [`${server}/accounts/a.ts`, `import x from '../index.ts'`, /rule 1: accounts imports the face/],
    [
      `${server}/accounts/a.test.ts`,
      `import { compose } from '../app/compose.ts'`,
      /rule 1: .*belongs in tests\//,
    ],
    [`${server}/cellar/a.ts`, 'export const x = 1', /rule 1: stands in no room/],
    [`${server}/a.ts`, 'export const x = 1', /rule 1: stands in no room/],
  ],
  'sign-in and OAuth never see each other, nor do accounts and access': [
    [
      `${server}/signin/a.ts`,
      `import { x } from '../oauth/x.ts'`,
      /rule 1: signin imports oauth .*sealed return address/,
    ],
    [
      `${server}/oauth/a.ts`,
      `import type { X } from '../signin/x.ts'`,
      /rule 1: oauth imports signin .*sealed return address/,
    ],
    [
      `${server}/accounts/a.ts`,
      `export { x } from '../access/x.ts'`,
      /rule 1: accounts imports access .*meet above/,
    ],
    [`${server}/access/a.ts`, `import '../accounts/x.ts'`, /rule 1: access imports accounts .*meet above/],
  ],
  'a suffix says what a file may hold': [
    [`${server}/oauth/a.ts`, `import { sql } from 'kysely'`, /rule 2: imports kysely: SQL lives in/],
    [`${server}/oauth/a.routes.ts`, 'export const x = (db) => db.selectFrom(0)', /rule 2: writes SQL/],
    [`${server}/oauth/a.ts`, 'export const x = `select a\n from b`', /rule 2: writes SQL/],
    [`${server}/oauth/a.ts`, `import { query } from '../platform/db/statement.ts'`, /rule 2: .*SQL lives in/],
    [
      `${server}/oauth/a.store.ts`,
      'export const x = (db) => db.selectFrom(0).selectAll()',
      /rule 2: selects every/,
    ],
    [`${server}/signin/a.ts`, `import { Hono } from 'hono'`, /rule 2: imports hono: HTTP lives in/],
    [
      `${server}/oauth/a.store.ts`,
      `import { createServer } from 'node:http'`,
      /rule 2: imports node:http: HTTP/,
    ],
    [
      `${server}/oauth/a.ts`,
      `import { json } from '../platform/http/exchange.ts'`,
      /rule 2: .*answers are made/,
    ],
    [
      `${server}/oauth/a.ts`,
      `import type { Incoming, Route } from '../platform/http/exchange.ts'`,
      /rule 2: .*answers are made/,
    ],
    [`${server}/oauth/a.routes.ts`, 'export const x = `<p class="a">hello</p>`', /rule 2: writes HTML/],
    [
      `${server}/oauth/a.routes.ts`,
      `import { html } from '../platform/html/markup.ts'`,
      /rule 2: .*HTML lives in/,
    ],
  ],
  'what runs in a browser reaches it as a bundle': [
    [
      `${server}/app/a.ts`,
      `import { look } from './inspector.browser.ts'`,
      /rule 2: imports \.\/inspector\.browser\.ts: it runs in a browser/,
    ],
  ],
  'time, chance and the environment come in through one door': [
    [
      `${server}/oauth/a.ts`,
      'export const x = Date.now()',
      /rule 3: asks for time or chance \(Date\.now\): take a Runtime/,
    ],
    [`${server}/oauth/a.ts`, 'export const x = new Date().toISOString()', /rule 3: asks for time/],
    [`${server}/app/a.ts`, 'export const x = performance.now()', /rule 3: asks for time/],
    [`${server}/oauth/a.ts`, 'export const x = Math.random()', /rule 3: asks for time or chance/],
    [
      `${server}/oauth/a.ts`,
      `import { randomBytes as bytes } from 'node:crypto'`,
      /rule 3: asks for time or chance \(randomBytes\)/,
    ],
    [`${server}/oauth/a.ts`, 'export const x = crypto.getRandomValues(y)', /rule 3: asks for time or chance/],
    [
      `${server}/oauth/a.ts`,
      `import { generateKeyPairSync } from 'node:crypto'`,
      /rule 3: makes keys .*only platform\/keys/,
    ],
    [
      `${server}/oauth/a.store.ts`,
      'export const x = sql`current_timestamp`',
      /rule 3: asks the database for time/,
    ],
    [
      `${server}/oauth/a.ts`,
      `export const x = process.env['HOME']`,
      /rule 3: touches process\.env: only app\//,
    ],
    [`${server}/oauth/a.ts`, `import { argv } from 'node:process'`, /rule 3: imports node:process/],
    [
      `${server}/oauth/a.ts`,
      `export const x = openDatabase('')`,
      /rule 3: opens a database: only app\/ builds stores/,
    ],
  ],
  'an index.ts is the face of a package and nothing else': [
    [`${server}/oauth/index.ts`, 'export const x = 1', /rule 4: is an index\.ts but no face/],
    [
      `${server}/oauth/all.ts`,
      `export * from './x.ts'\nexport type { Y } from './y.ts'`,
      /rule 4: only passes on .*no barrels/,
    ],
  ],
  'names say something, and nothing is too long to read': [
    [`${server}/platform/utils/a.ts`, 'export const x = 1', /rule 5: "utils" says nothing/],
    [`${server}/oauth/token.helpers.ts`, 'export const x = 1', /rule 5: "token\.helpers\.ts" says nothing/],
    ['tests/common/a.ts', 'export const x = 1', /rule 5: "common" says nothing/],
    [`${server}/oauth/a.ts`, 'export class TokenManager {}', /rule 5: the name TokenManager says nothing/],
    [`${server}/oauth/a.ts`, 'export function handle() {}', /rule 5: the name handle says nothing/],
    [`${server}/oauth/a.ts`, 'const data = 1', /rule 5: the name data says nothing/],
    [`${server}/oauth/a.ts`, lines(401), /a\.ts:1 {2}house rule 5: has 401 lines, more than 400/],
    [
      `${server}/oauth/a.ts`,
      `\nfunction long(): { a: number } {\n${lines(59)}\n}`,
      /a\.ts:2 {2}house rule 5: this function has 61 lines/,
    ],
    [
      `${server}/oauth/a.ts`,
      `class A {\n  async long(): Promise<void> {\n${lines(59)}\n}\n}`,
      /a\.ts:2 .*this function has 61 lines/,
    ],
    [
      `${server}/oauth/a.ts`,
      `const long = (a: string) => {\n${lines(59)}\n}`,
      /a\.ts:1 .*this function has 61 lines/,
    ],
    [
      `${server}/oauth/a.page.ts`,
      `const long = () => page\`\n${'x\n'.repeat(59)}\`\nconst next = 1`,
      /a\.page\.ts:1 .*this function has 61 lines/,
    ],
  ],
  'tests sit beside the code and say something about the world': [
    [
      `${server}/oauth/a.ts`,
      `import { x } from '../accounts/sessions/sessions.test.ts'`,
      /rule 6: imports the test/,
    ],
    [
      `${server}/oauth/a.ts`,
      `import { openHouse } from '../platform/house.ts'`,
      /rule 6: .*there for tests alone/,
    ],
    [
      `${server}/oauth/a.ts`,
      `import { freshPostgres } from '../../../../tests/harness/postgres.ts'`,
      /rule 6: .*needs nothing of tests\//,
    ],
    [`${server}/oauth/a.spec.ts`, 'export const x = 1', /rule 6: tests sit beside the code/],
    ['packages/sdk/test/a.ts', 'export const x = 1', /rule 6: tests sit beside the code/],
    ['tests/a.test.ts', `test('should work', () => {})`, /rule 6: "should work" is no sentence/],
    ['tests/a.test.ts', `test('codes', () => {})`, /rule 6: "codes" is no sentence/],
    ['tests/a.test.ts', `test.only('a code is good once', () => {})`, /rule 6: test\.only hides tests/],
    [
      'tests/a.test.ts',
      `test('a code is good once', { skip: true }, () => {})`,
      /rule 6: skip: true gives no reason/,
    ],
  ],
}

for (const [name, cases] of Object.entries(wrong)) {
  describe(name, () => {
    for (const [path, text, says] of cases) {
      test(`${path} may not hold: ${text.slice(0, 60).replaceAll(/\s+/g, ' ')}`, () => {
        const heard = said({ [path]: text })
        match(heard.join('\n'), says)
        equal(
          heard.every((breach) => breach.startsWith(`${path}:`)),
          true,
          heard.join('\n'),
        )
      })
    }
  })
}

test('what is long for a reason that it states may stay', () => {
  const why = '// Long because the table is one.\n'
  deepEqual(said({ [`${server}/oauth/a.ts`]: why + lines(500) }), [])
  deepEqual(said({ [`${server}/oauth/a.ts`]: `${why}export function long() {\n${lines(80)}\n}` }), [])
  deepEqual(said({ [`${server}/oauth/a.ts`]: `export function long() {\n${why}${lines(80)}\n}` }), [])
})

test('a chapter of tests may be as long as its tests', () => {
  deepEqual(
    said({
      'tests/a.test.ts': `describe('codes', () => {\n${lines(80)}\ntest('a code is good once', () => {})\n})`,
    }),
    [],
  )
})

test('a literal, a comment or a regular expression is not taken for code', () => {
  const text = [
    `const a = 'import x from "./x.ts"' // import y from './y.ts'`,
    `const b = \`import z from './z.ts' \${\`\${c('}')}\`} Date.now()\``,
    'const d = /import "[/]x" `/.test(a) ? 4 / 2 : 1 / 3',
    `const e = Array.from('abc')`,
    `import { f } from './f.ts'`,
  ].join('\n')
  const source = readSource('a.ts', text)
  deepEqual(
    source.imports.map(({ specifier, line }) => [specifier, line]),
    [['./f.ts', 5]],
  )
  equal(source.code.length, text.length)
  equal(source.code.includes('Date.now'), false)
  equal(source.code.includes('4 / 2'), true)
})
