// Runs the suite's files in their processes, writes what node:test's own reporter writes, and keeps what is told at the
// end. A file whose process ended before its turn runs again in one of its own, so that none goes untold.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { type Batch, planBatches } from './plan.ts'

export interface SuiteOptions {
  /** A folder of this run alone. */
  readonly folder: string
  /** The environment of every process. */
  readonly env: NodeJS.ProcessEnv
  /** The limit for one file. */
  readonly seconds: number
  /** Only tests whose name matches one of these. */
  readonly names?: readonly string[] | undefined
  /** How often a file that failed has to succeed alone to be called unsteady and no more: never (0), as it is unasked. */
  readonly again?: number
  /** How many processes at a time: one more than can compute at once. */
  readonly concurrency?: number
}

export interface Outcome {
  readonly succeeded: boolean
  /** How many tests, without those that hold others. */
  readonly passed: number
  /** Tests by the reason why they were skipped. */
  readonly skipped: ReadonlyMap<string, readonly string[]>
  readonly failed: readonly Failure[]
  /** What failed among all the others, and not alone. */
  readonly unsteady: readonly Failure[]
  /** Those of which a test failed. */
  readonly failedFiles: readonly string[]
  readonly took: readonly Cost[]
}

/** A test that failed by itself, not by one within it. */
export interface Failure {
  readonly name: string
  /** From the root. */
  readonly file: string
  /** The error's message: all of it stands where the test failed. */
  readonly why: string
}

/** What a test file took. */
export interface Cost {
  readonly file: string
  /** From its beginning to its end. */
  readonly seconds: number
  /** Of processors, with what it started and waited for. */
  readonly cpuSeconds: number
}

/** @param paths of test files, from the root */
export async function runSuite(paths: readonly string[], options: SuiteOptions): Promise<Outcome> {
  const batches = planBatches(paths, options.names !== undefined)
  const outcome = await runBatches(batches, options)
  if (options.names !== undefined) return outcome
  const told = new Set(outcome.took.map(({ file }) => file))
  const untold = paths.filter((path) => !told.has(path))
  if (untold.length === 0) return judgedAlone(outcome, batches, options)
  console.log(`\nTheir process ended before they did; again, each alone: ${untold.join(', ')}\n`)
  const again = await runBatches(planBatches(untold, true), options)
  return {
    succeeded: false,
    passed: outcome.passed + again.passed,
    skipped: new Map([...outcome.skipped, ...again.skipped]),
    failed: [...outcome.failed, ...again.failed],
    unsteady: [],
    failedFiles: [...outcome.failedFiles, ...again.failedFiles],
    took: [...outcome.took, ...again.took],
  }
}

// More than these are no accident.
const mostUnsteady = 2
// Where one failure among many tries is the proof of a fault.
const proofs = /^tests\/(?:races|faults)\/|races\.test\.ts$/

/**
 * A file that failed while everything else ran may only have been too slow for its own patience. Where it succeeds as
 * often as asked for with the machine to itself, its failures are told as unsteadiness.
 */
async function judgedAlone(
  outcome: Outcome,
  batches: readonly Batch[],
  options: SuiteOptions,
): Promise<Outcome> {
  const { failed, failedFiles } = outcome
  const times = options.again ?? 0
  const isHopeless = failedFiles.length > mostUnsteady || failedFiles.some((file) => proofs.test(file))
  if (outcome.succeeded || times === 0 || isHopeless) return outcome
  // With the files whose process it shared, or what it left behind for them would go unseen.
  const theirs = batches.filter((batch) => batch.some((file) => failedFiles.includes(file)))
  for (let time = 1; time <= times; time++) {
    console.log(`\nFailed among all the others; alone, ${time} of ${times}: ${failedFiles.join(', ')}\n`)
    const alone = await runBatches(theirs, { ...options, concurrency: 1 })
    if (!alone.succeeded) return { ...outcome, failed: [...failed, ...alone.failed] }
  }
  return { ...outcome, succeeded: true, failed: [], unsteady: failed }
}

const onPostgres = new URL('../../tests/harness/on-postgres.ts', import.meta.url).href

async function runBatches(batches: readonly Batch[], options: SuiteOptions): Promise<Outcome> {
  const skipped = new Map<string, string[]>()
  const failed: Failure[] = []
  const times = new Map<string, number>()
  let succeeded = false
  let passed = 0
  const events = run({
    files: batches.map((batch) => entryOf(batch, options)),
    // Most tests wait now and then, for a disk, a browser or a clock.
    concurrency: options.concurrency ?? Math.min(availableParallelism(), 4) + 1,
    env: options.env,
    execArgv: [
      '--conditions=@countersign/source',
      '--disable-warning=ExperimentalWarning',
      ...(options.env['TEST_ENGINE'] === 'postgres' ? [`--import=${onPostgres}`] : []),
    ],
    ...(options.names ? { testNamePatterns: [...options.names] } : {}),
  })
  const files = new Set(batches.flat())
  const failedFiles: string[] = []
  const done = ({ name, nesting, details }: Ended) => {
    if (nesting === 0 && files.has(name)) times.set(name, details.duration_ms / 1000)
  }
  events.on('test:fail', (test) => {
    done(test)
    if (test.nesting === 0 && files.has(test.name)) failedFiles.push(test.name)
    const failure = failureOf(test, files)
    if (failure !== undefined) failed.push(failure)
  })
  events.on('test:pass', (test) => {
    done(test)
    const { name, file, skip } = test
    if (skip === undefined || skip === false || /does not match pattern/.test(String(skip))) return
    const reason = typeof skip === 'string' && skip !== '' ? skip : 'no reason given'
    skipped.set(reason, [...(skipped.get(reason) ?? []), `${name}${file ? ` (${relative(file)})` : ''}`])
  })
  events.on('test:summary', ({ file, success, counts }) => {
    if (file !== undefined) return
    succeeded = success && counts.tests > 0
    passed = counts.passed
  })
  for await (const text of events.compose(new spec())) process.stdout.write(text)
  const costs = costsIn(options)
  const took = [...times].map(([file, seconds]) => ({ file, seconds, cpuSeconds: costs.get(file) ?? 0 }))
  return { succeeded, passed, skipped, failed, unsteady: [], failedFiles, took }
}

/** @param files of the run: one that can't be loaded fails where it is loaded from */
function failureOf(test: Failed, files: ReadonlySet<string>): Failure | undefined {
  const { name, details, file = name } = test
  const { error } = details
  if ('failureType' in error && error.failureType === 'subtestsFailed') return undefined
  const cause = error.cause ?? error
  const where = files.has(name) ? name : relative(file)
  return { name, file: where, why: cause instanceof Error ? cause.message : String(cause) }
}

const costsOf = ({ folder }: SuiteOptions): string => join(folder, 'costs')

function costsIn(options: SuiteOptions): ReadonlyMap<string, number> {
  const path = costsOf(options)
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : []
  return new Map(lines.map((line) => [line.slice(line.indexOf(' ') + 1), Number.parseFloat(line)]))
}

interface Failed {
  readonly name: string
  readonly file?: string | undefined
  readonly details: { readonly error: Error }
}

interface Ended {
  readonly name: string
  readonly nesting: number
  readonly details: { readonly duration_ms: number }
}

/** The module that a process runs, named after the first of its files. */
function entryOf(batch: Batch, options: SuiteOptions): string {
  const { folder, seconds } = options
  const path = join(folder, `${(batch[0] ?? '').replaceAll('/', '.').replace(/\.test\.ts$/, '')}.mjs`)
  const runner = new URL('./batch.ts', import.meta.url).href
  const call = `await runFiles(${JSON.stringify(batch)}, ${seconds}, ${JSON.stringify(costsOf(options))})`
  writeFileSync(path, `import { runFiles } from ${JSON.stringify(runner)}\n${call}\n`)
  return path
}

function relative(file: string): string {
  const root = process.cwd()
  return file.startsWith(root) ? file.slice(root.length + 1) : file
}
