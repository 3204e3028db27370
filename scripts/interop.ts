// `npm run interop`: clients of others against a started server: those of npm, each in a minimal application, and one
// small program each in Go, Python, Java and Rust, with what they are made of fetched at the versions that are committed.
// And the sample of examples/programs in Go, which takes long to compile the first time.
// Prints a table of clients and steps; exit code 1 when one fails, or takes other steps than it says.
//
//   npm run interop                 all of them
//   npm run interop -- rust         those whose name, language or file has this in it
//   npm run interop -- --write      write the tables of docs/clients.md, and run nothing
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { startServer } from '../tests/harness/server.ts'
import { applications } from '../tests/interop/applications/applications.ts'
import { type Outcomes, register, runClient, type Step, steps } from '../tests/interop/client-run.ts'
import { clients, documentedTables, documentPath, stepsIn } from '../tests/interop/clients.ts'
import { languages, prepare, runProgram } from '../tests/interop/languages.ts'
import { runGoSample } from '../tests/interop/samples.ts'
import { ending } from './suite/ending.ts'

interface Row {
  readonly name: string
  readonly outcome: Outcomes | { readonly skipped: string } | { readonly failed: string }
  readonly seconds: number
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: 'boolean', default: false } },
})
if (values.write) writeTables()
else await runAll()

function writeTables(): void {
  const between = /(<!-- clients: [^\n]*-->\n).*(<!-- end of clients -->)/s
  const text = readFileSync(documentPath, 'utf8')
  writeFileSync(
    documentPath,
    text.replace(between, (_, from, to) => `${from}${documentedTables()}\n${to}`),
  )
}

async function runAll(): Promise<void> {
  const rows: Row[] = []
  const server = await startServer({ bank: true })
  try {
    for (const [at, { file, callback, run }] of applications.entries()) {
      const path = `tests/interop/applications/${file}`
      await attempt(rows, path, async () =>
        runClient(await register(server, `application-${at}`, callback), run),
      )
    }
    for (const [at, language] of languages.entries()) {
      const path = `tests/interop/${language.folder}/${language.source}`
      await attempt(rows, path, async () => {
        const program = await prepare(language)
        if ('skipped' in program) return program
        return runProgram(program, await register(server, `program-${at}`, language.callback))
      })
    }
    await attempt(rows, 'examples/programs/sign-in.go', () => runGoSample(server))
  } finally {
    await server.stop()
  }
  if (rows.length === 0) console.error(`No client has ${positionals.join(' or ')} in its name or file.`)
  else printTable(rows)
  for (const { name, outcome } of rows)
    if ('failed' in outcome) console.error(`\n${name}:\n${outcome.failed}`)
  const passed = rows.filter(({ outcome }) => outcome instanceof Map).length
  const failed = rows.filter(({ outcome }) => 'failed' in outcome).length
  const skipped = rows.flatMap(({ name, outcome }) =>
    'skipped' in outcome ? [`${name}: ${outcome.skipped}`] : [],
  )
  const succeeded = failed === 0 && rows.length > 0
  console.log(`\n${ending({ what: 'clients', passed, failed, skipped, succeeded })}`)
  process.exitCode = succeeded ? 0 : 1
}

/** Runs whatever a file is, unless nobody asked for it; says so while it lasts. */
async function attempt(rows: Row[], file: string, run: () => Promise<Row['outcome']>): Promise<void> {
  const own = clients.filter((client) => client.file === file)
  const name = own.map((client) => `${client.name} ${client.version} (${client.registry})`).join(', ') || file
  const asked =
    positionals.length === 0 || positionals.some((one) => `${name} ${file}`.toLowerCase().includes(one))
  if (!asked) return
  const began = performance.now()
  const outcome = await run().then(
    (done) => (done instanceof Map ? compared(done, file) : done),
    (error: unknown) => ({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  )
  const seconds = (performance.now() - began) / 1000
  rows.push({ name, outcome, seconds })
  console.log(`${word(outcome).padEnd(7)}  ${name}, ${seconds.toFixed(1)} s`)
}

/** What a program did, held against what its source says that it does: docs/clients.md goes by that. */
function compared(done: Outcomes, file: string): Row['outcome'] {
  const says = stepsIn(file) ?? new Map<Step, never>()
  const differs = steps.filter((step) => done.get(step) !== says.get(step))
  return differs.length === 0
    ? done
    : { failed: `${file} did not say by itself what became of ${differs.join(', ')}.` }
}

function word(outcome: Row['outcome']): string {
  if (outcome instanceof Map) return 'pass'
  return 'failed' in outcome ? 'FAIL' : 'skipped'
}

function printTable(rows: readonly Row[]): void {
  const width = Math.max(...rows.map(({ name }) => name.length))
  console.log(`\n${' '.repeat(width)}  ${steps.join('  ')}`)
  for (const { name, outcome } of rows) {
    const cells =
      outcome instanceof Map
        ? steps.map((step) => (outcome.get(step) ?? '–').padEnd(step.length)).join('  ')
        : 'skipped' in outcome
          ? `skipped: ${outcome.skipped}`
          : 'FAILED, see below'
    console.log(`${name.padEnd(width)}  ${cells}`)
  }
  console.log('\ndone: by the library; by hand: by plain HTTP, since the library leaves it to its caller')
}
