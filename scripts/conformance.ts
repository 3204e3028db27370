// `npm run conformance`: runs tests/conformance, and lays the results beside the plans of the OpenID Foundation's
// conformance suite (tests/conformance/plans.ts): plan, module, test, result, and what is not covered and why. Exit code 1
// when a test fails, when a module has neither a test nor a reason, or a reason that a test has overtaken.
//
//   npm run conformance                 every plan
//   npm run conformance -- oidcc-basic  plans whose name begins so
import { availableParallelism } from 'node:os'
import { basename } from 'node:path'
import { run } from 'node:test'
import { parseArgs } from 'node:util'
import { type Plan, plans, plansWithoutTests } from '../tests/conformance/plans.ts'
import { pathsBelow } from '../tests/house/tree.ts'
import { ending } from './suite/ending.ts'

interface Shown {
  readonly name: string
  readonly file: string
  readonly result: 'pass' | 'FAIL' | 'skipped'
  readonly error?: string
  /** Why it was skipped. */
  readonly reason?: string
}

/** Families of modules that share a beginning. */
const families = ['fapi2-security-profile-final', 'fapi2-message-signing-final', 'oidcc']

const { positionals } = parseArgs({ allowPositionals: true })
const asked = plans.filter(
  ({ name }) => positionals.length === 0 || positionals.some((p) => name.startsWith(p)),
)
const files = pathsBelow(['tests/conformance']).filter(
  (path) => path.endsWith('.test.ts') && asked.some((plan) => isOf(plan, path)),
)
const shown = await runAll(files)
const wrong: string[] = asked.flatMap(print)
wrong.push(...namedAfterNothing())
if (positionals.length === 0) {
  console.log('\nPlans that are not shown')
  for (const [plan, reason] of plansWithoutTests) console.log(`  ${plan}: ${reason}`)
}
const others = shown.filter(({ name }) => modulesOf(name).length === 0)
if (others.length > 0) console.log('\nBeside the modules')
for (const test of others) console.log(`  ${test.result.padEnd(7)}  ${said(test)}`)
console.log(`\n${asked.map(summary).join('\n')}`)
for (const { name, error } of shown.filter(({ result }) => result === 'FAIL')) wrong.push(`${name}\n${error}`)
if (wrong.length > 0) {
  console.error(`\n${wrong.join('\n')}`)
  process.exitCode = 1
}
console.log(
  `\n${ending({
    what: 'tests',
    passed: counted('pass').length,
    failed: counted('FAIL').length,
    skipped: counted('skipped').map(({ name, reason = 'no reason given' }) => `${name}: ${reason}`),
    succeeded: wrong.length === 0 && shown.length > 0,
  })}`,
)
if (shown.length === 0) process.exitCode = 1

function counted(result: Shown['result']): readonly Shown[] {
  return shown.filter((test) => test.result === result)
}

function isOf({ files }: Plan, path: string): boolean {
  return files.some((beginning) => basename(path).startsWith(beginning))
}

async function runAll(paths: readonly string[]): Promise<Shown[]> {
  const found: Shown[] = []
  const events = run({
    files: [...paths],
    concurrency: Math.min(availableParallelism(), 4),
    execArgv: ['--conditions=@countersign/source', '--disable-warning=ExperimentalWarning'],
  })
  events.on('test:pass', ({ name, file = '', skip }) => {
    const isSkipped = skip !== undefined && skip !== false
    found.push({
      name,
      file: basename(file),
      result: isSkipped ? 'skipped' : 'pass',
      ...(typeof skip === 'string' && { reason: skip }),
    })
  })
  events.on('test:fail', ({ name, file = '', details }) => {
    const { cause = details.error } = details.error
    const error = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
    found.push({ name, file: basename(file), result: 'FAIL', error })
  })
  for await (const _ of events);
  return found
}

/** The modules that a test is named after: `a: …`, `a (a variant): …`, or `a and -b: …`, where -b is of the same family. */
function modulesOf(name: string): readonly string[] {
  const [before = '', ...after] = name.split(': ')
  if (after.length === 0 || !/^(?:oidcc|fapi)[\w-]*(?: and -?[\w-]+)*(?: \([\w ]+\))?$/.test(before))
    return []
  const [first = '', ...more] = before.replace(/ \(.*$/, '').split(' and ')
  const family = families.find((module) => first.startsWith(module)) ?? first
  return [first, ...more.map((one) => (one.startsWith('-') ? `${family}${one}` : one))]
}

function testsOf(plan: Plan, module: string): readonly Shown[] {
  return shown.filter(({ name, file }) => isOf(plan, file) && modulesOf(name).includes(module))
}

function reasonOf({ gaps = [] }: Plan, module: string): string | undefined {
  return gaps.find(({ modules }) => modules.includes(module))?.reason
}

/** Prints a plan. @returns what is wrong with it */
function print(plan: Plan): string[] {
  const complaints: string[] = []
  console.log(`\n${plan.name}: ${plan.certifies}`)
  for (const module of plan.modules) {
    const tests = testsOf(plan, module)
    const reason = reasonOf(plan, module)
    for (const test of tests) console.log(`  ${test.result.padEnd(7)}  ${module}  ${said(test)}`)
    if (tests.length === 0) console.log(`  ${reason === undefined ? 'NO TEST' : '–      '}  ${module}`)
    if (tests.length === 0 && reason === undefined)
      complaints.push(`No test is named after ${module} (${plan.name}).`)
    if (tests.length > 0 && reason !== undefined)
      complaints.push(`${module} has a test now: its reason goes.`)
  }
  for (const words of plan.stricter ?? []) console.log(`           so shown: ${words}`)
  for (const { reason, modules } of plan.gaps ?? [])
    console.log(`           not covered, ${modules.length}: ${reason}`)
  return complaints
}

function said({ name, file }: Shown): string {
  const [, variant = ''] = /^[^:]*(\([\w ]+\): )/.exec(name) ?? []
  const at = modulesOf(name).length === 0 ? -2 : name.indexOf(': ')
  return `${variant}${name.slice(at + 2)} (${file})`
}

/** Tests that look as if they were named after a module, and no plan has it. */
function namedAfterNothing(): string[] {
  const every = new Set(plans.flatMap(({ modules }) => modules))
  return shown.flatMap(({ name, file }) =>
    modulesOf(name)
      .filter((module) => !every.has(module))
      .map((module) => `No plan has a module ${module} (${file}).`),
  )
}

function summary(plan: Plan): string {
  const covered = plan.modules.filter((module) => {
    const tests = testsOf(plan, module)
    return tests.length > 0 && tests.every(({ result }) => result === 'pass')
  }).length
  const gaps = plan.modules.filter((module) => reasonOf(plan, module) !== undefined).length
  return `  ${String(covered).padStart(3)} of ${plan.modules.length}${gaps > 0 ? `, ${gaps} not covered` : ''}: ${plan.name}`
}
