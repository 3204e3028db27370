// What the documents say is so: links lead somewhere, snippets compile, commands do what stands beside them.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { countersign } from '../packages/server/src/app/cli/program.ts'
import { knownVariables } from '../packages/server/src/app/settings-table.ts'
import { serverOfThisFile } from './harness/server.ts'
import { pathsBelow } from './house/tree.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('..', import.meta.url))
const documents = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...pathsBelow(['docs', 'bench', 'examples']).filter((path) => path.endsWith('.md')),
]
const published = ['policy', 'protocol', 'sdk', 'server'].map((name) => `packages/${name}`)
const server = serverOfThisFile()

test('every link between documents leads to a file', async () => {
  for (const document of documents) {
    const text = await readFile(join(root, document), 'utf8')
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      assert.ok(existsSync(join(root, dirname(document), target)), `${document} links to ${target}`)
    }
  }
})

test('the page of all documents leads to each guide and each page beside it', async () => {
  const text = await readFile(join(root, 'docs/README.md'), 'utf8')
  const own = documents.filter(
    (path) => /^docs\/(guides\/)?[^/]+\.md$/.test(path) && path !== 'docs/README.md',
  )
  assert.ok(own.length > 30)
  for (const path of own) assert.ok(text.includes(`](${path.slice('docs/'.length)})`), path)
})

test('every file and test that the table of specifications names exists', async () => {
  const files = pathsBelow(['docs', 'packages', 'tests'])
  const text = await readFile(join(root, 'docs/rfcs.md'), 'utf8')
  const named = [...text.matchAll(/`([\w*./-]+(?:\.ts|\/))`/g)].map(([, path = '']) => path)
  assert.ok(named.length > 300)
  for (const path of named.filter((one) => !one.startsWith('/'))) {
    const [beginning = '', end = ''] = path.split('*')
    const isThere = ['', 'packages/server/src/oauth/'].some((folder) =>
      files.some((file) => file.startsWith(folder + beginning) && (path.endsWith('/') || file.endsWith(end))),
    )
    assert.ok(isThere, path)
  }
})

test('the snippets of the README, of the packages’ and of the production guide compile', async () => {
  const readme = await readFile(join(root, 'README.md'), 'utf8')
  const blocks = snippetsOf(readme)
  assert.equal(blocks.length, 2)
  const others = [...published.map((folder) => `${folder}/README.md`), 'docs/guides/production.md']
  const whole = await Promise.all(
    others.map(async (document) => snippetsOf(await readFile(join(root, document), 'utf8'))),
  )
  assert.ok(whole.every((own) => own.length > 0))
  const folder = await mkdtemp(join(tmpdir(), 'countersign-docs-'))
  try {
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    // What a reader's own program has around the snippet.
    const around = `import express, { type RequestHandler } from 'express'
const app = express()
declare const transfer: RequestHandler
declare function accountsOf(owner: string): unknown[]
declare function fillWidgets(user: { sub: string }): void
`
    const texts = [
      ...blocks.map((text) => `${around}${text}\nvoid [app, transfer, accountsOf, fillWidgets]\n`),
      ...whole.flat(),
    ]
    const names = texts.map((_, index) => `block${index}.ts`)
    for (const [index, text] of texts.entries()) await writeFile(join(folder, names[index] ?? ''), text)
    const settings = { extends: join(root, 'tsconfig.json'), files: names, include: [], exclude: [] }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings))
    await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder]).catch(
      (error: { stdout: string }) => assert.fail(error.stdout),
    )
  } finally {
    await rm(folder, { recursive: true })
  }
})

function snippetsOf(document: string): string[] {
  return [...document.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text = '']) => text)
}

test('each package says on npm what it is, all that it exports, and under which licence', async () => {
  const licence = await readFile(join(root, 'LICENSE'), 'utf8')
  for (const folder of published) {
    const readme = await readFile(join(root, folder, 'README.md'), 'utf8')
    const { name, exports } = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8')) as {
      readonly name: string
      readonly exports: Readonly<Record<string, unknown>>
    }
    assert.ok(readme.startsWith(`# ${name}\n`), folder)
    assert.doesNotMatch(readme, /\]\((?!https:)/, `${folder}: npm has no other files to link to`)
    if (name === '@countersign/sdk') {
      const [, ...rows] = readme.split('\n').filter((line) => line.startsWith('| '))
      const told = rows.flatMap((row) => row.split('|')[1]?.match(/[\w-]+/g) ?? [])
      const there = Object.keys(exports).filter((path) => path !== './package.json')
      assert.deepEqual(told.map((one) => `./${one}`).sort(), there.sort())
    }
    assert.equal(await readFile(join(root, folder, 'LICENSE'), 'utf8'), licence)
  }
})

const curl = await run('curl', ['--version']).then(
  () => false as const,
  () => 'this machine has no curl',
)

test('the README’s curl command gets a token', { skip: curl }, async () => {
  const readme = await readFile(join(root, 'README.md'), 'utf8')
  const command = readme.match(/^curl .*?oauth\/token$/ms)?.[0] ?? ''
  const here = command.replace('http://localhost:4400', server.issuer)
  assert.notEqual(here, command)
  const words = here.replaceAll('\\\n', ' ').split(/\s+/).slice(1)
  const { stdout } = await run('curl', ['--silent', ...words])
  const answer = JSON.parse(stdout) as { access_token: string; scope: string }
  assert.equal(answer.scope, 'accounts:read')
  assert.equal(answer.access_token.split('.').length, 3)
})

test('every identifier that the code names stands in the security checklist', async () => {
  const text = await readFile(join(root, 'docs/security-checklist.md'), 'utf8')
  const known = new Set(text.match(/\b(?:[A-Z]{2}-|F)\d\d\b/g))
  for (const [, area = '', first, last] of text.matchAll(/\b([A-Z]{2}-|F)(\d\d) (?:…|to) \1(\d\d)\b/g)) {
    for (let number = Number(first); number <= Number(last); number++) {
      known.add(`${area}${String(number).padStart(2, '0')}`)
    }
  }
  for (const path of pathsBelow(['packages', 'tests', 'examples']).filter((one) => one.endsWith('.ts'))) {
    const code = await readFile(join(root, path), 'utf8')
    for (const [id] of code.matchAll(/\b(?:AZ|TK|RT|JW|SE|PW|MF|FD|PM|HT|SC|RP)-\d\d\b/g)) {
      assert.ok(known.has(id), `${path} names ${id}`)
    }
  }
  assert.ok(known.has('F14') && known.has('PM-07'))
})

test('what the README and the production guide say of commands and variables exists', async () => {
  const { stdout } = await run(process.execPath, [
    '--conditions=@countersign/source',
    join(root, 'packages/server/src/app/cli/main.ts'),
    '--help',
  ])
  const readme = await readFile(join(root, 'README.md'), 'utf8')
  const verbs = readme.match(/`(dev start [a-z\s]+)`/)?.[1]?.split(/\s+/) ?? []
  assert.ok(verbs.length > 8)
  for (const verb of verbs) assert.match(stdout, new RegExp(`^  ${verb}\\b`, 'm'), verb)
  const guide = await readFile(join(root, 'docs/guides/production.md'), 'utf8')
  const known = knownVariables()
  for (const [name] of guide.matchAll(/COUNTERSIGN_[A-Z_]+[A-Z]\b/g)) {
    assert.ok(known.includes(name) || name === 'COUNTERSIGN_BOOTSTRAP_ADMIN', name)
  }
})

test('each call of the command that stands in a document has a name and options that exist', async () => {
  const calls = (text: string) => [
    ...[...text.matchAll(/`(?:npx )?countersign ([^`\n]+)`/g)],
    ...[...text.matchAll(/^```[a-z]*\n(.*?)^```/gms)].flatMap(([, block = '']) => [
      ...block.matchAll(/(?:^|[|;(] ?|npx )countersign ((?:[^\n|;#'")]|'[^'\n]*'|"[^"\n]*")+)/gm),
    ]),
  ]
  const all = countersign()
  let seen = 0
  for (const document of [...documents, ...published.map((folder) => `${folder}/README.md`)]) {
    const text = (await readFile(join(root, document), 'utf8')).replaceAll('\\\n', ' ')
    for (const [, call = ''] of calls(text)) {
      const words = call.trim().split(/\s+/)
      if (words[0]?.startsWith('-') || words[0] === '…') continue
      let command = all
      const below = () =>
        command.commands.find((one) => [one.name(), ...one.aliases()].includes(words[0] ?? ''))
      for (let next = below(); next !== undefined; next = below()) {
        command = next
        words.shift()
      }
      seen += 1
      assert.notEqual(command, all, `${document}: ${call}`)
      const isWhole = command.commands.length === 0 || words.length === 0 || words[0]?.startsWith('-')
      assert.ok(isWhole, `${document}: ${call}`)
      for (const [option] of words.join(' ').matchAll(/(?<=^| )--[a-z-]+/g))
        assert.ok(
          option === '--help' || command.options.some(({ long }) => long === option),
          `${document}: ${call}`,
        )
    }
  }
  assert.ok(seen > 100)
})
