// `npm test`: every test, on a fresh machine. Finds or installs a browser, PostgreSQL and two proxies and a shell, starts one
// private cluster for the whole run, runs the test files that it finds itself, and says at the end what was skipped and why.
//
//   npm test                                  everything
//   npm test -- packages/protocol tests/house paths that begin so
//   npm test -- --name 'a code'               tests whose name matches
//   npm test -- --seconds 60                  another limit for one file (600)
//   npm test -- --again 3                     a file that fails is only unsteady if it succeeds alone so often
//   npm test -- --engine postgres             on PostgreSQL whatever names no engine
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { findCaddy } from '../tests/caddy/caddy.ts'
import { findBrowser } from '../tests/harness/browser.ts'
import { findPostgres, startCluster } from '../tests/harness/postgres.ts'
import { pathsBelow } from '../tests/house/tree.ts'
import { findNginx } from '../tests/nginx/nginx.ts'
import { installMissing } from './install.ts'
import { costsTold } from './suite/costs.ts'
import { cpuSeconds, cpuSecondsOf, machineSeconds } from './suite/cpu.ts'
import { ending } from './suite/ending.ts'
import { failuresTold } from './suite/failures.ts'
import { bundlePrograms } from './suite/programs.ts'
import { runSuite } from './suite/run.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    name: { type: 'string', multiple: true },
    seconds: { type: 'string', default: '600' },
    again: { type: 'string', default: '0' },
    engine: { type: 'string', default: 'sqlite' },
  },
})

const machineBefore = machineSeconds()
const files = testFiles(positionals)
if (files.length === 0) {
  console.error(`No test file begins with ${positionals.join(' or ')}.`)
  process.exit(1)
}
installMissing([
  { what: 'a browser', debian: 'chromium', found: () => findBrowser() !== undefined },
  { what: 'PostgreSQL', debian: 'postgresql', found: () => findPostgres().skipped === undefined },
  { what: 'nginx', debian: 'nginx-light', found: () => findNginx() !== undefined },
  { what: 'Caddy', debian: 'caddy', found: () => findCaddy() !== undefined },
  { what: 'Zsh', debian: 'zsh', found: () => spawnSync('zsh', ['-c', 'true']).status === 0 },
])
// Programs that tests kill can't tidy up: whatever any of them leaves lies in here.
const folder = mkdtempSync(join(quickestFolder(), 'countersign-test-'))
// As open as the system's own, since a cluster's owner is another user when root runs the tests.
chmodSync(folder, 0o1777)
process.env['TMPDIR'] = folder
clearAwayAtTheEnd()
const cluster = await startCluster()
const { succeeded, passed, skipped, failed, unsteady, took } = await runSuite(files, {
  folder,
  env: {
    ...ownEnvironment(),
    NODE_COMPILE_CACHE: join(process.cwd(), 'node_modules/.cache/countersign/compiled'),
    ...('url' in cluster ? { COUNTERSIGN_TEST_POSTGRES: cluster.url } : {}),
    // The tests of packages start none.
    ...(files.some((file) => file.startsWith('tests/')) && {
      SUITE_PROGRAMS: await bundlePrograms(),
    }),
    ...(values.engine === 'postgres' && { TEST_ENGINE: 'postgres' }),
  },
  seconds: Number(values.seconds),
  names: values.name,
  again: Number(values.again),
})
reportSkipped(skipped)
const database = 'url' in cluster ? (cpuSecondsOf(cluster.pid) ?? 0) : 0
if ('url' in cluster) await cluster.stop()
const whole = {
  wall: performance.now() / 1000,
  cpu: cpuSeconds() + database,
  machine: machineSeconds() - machineBefore,
}
for (const line of [...costsTold(took, whole), ...failuresTold({ failed, unsteady })]) console.log(line)
const came = {
  passed,
  failed: failed.length,
  unsteady: unsteady.length,
  skipped: [...skipped].flatMap(([reason, tests]) => tests.map(() => reason)),
  succeeded,
}
console.log(`\n${ending({ what: 'tests', ...came })}`)
process.exitCode = succeeded ? 0 : 1

/** Whichever end that is but a kill: what lies in memory would stay there until the machine's own end. */
function clearAwayAtTheEnd(): void {
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => process.exit(128 + constants.signals[signal]))
}

function testFiles(beginnings: readonly string[]): string[] {
  const wanted = beginnings.map((path) => path.replace(/^\.\//, '').replaceAll('\\', '/'))
  const found = pathsBelow(['tests', 'examples', 'packages', 'bench', 'scripts'])
  return found
    .filter((path) => path.endsWith('.test.ts'))
    .filter((path) => wanted.length === 0 || wanted.some((beginning) => path.startsWith(beginning)))
}

/** Memory where a system has a folder of it with room enough, else its own for what is temporary. */
function quickestFolder(): string {
  const memory = '/dev/shm'
  if (!existsSync(memory)) return tmpdir()
  const { bavail, bsize } = statfsSync(memory)
  return bavail * bsize > 4 * 2 ** 30 ? memory : tmpdir()
}

function reportSkipped(skipped: ReadonlyMap<string, readonly string[]>): void {
  console.log(skipped.size === 0 ? '\nNothing was skipped.' : '\nSkipped:')
  for (const [reason, tests] of skipped) {
    console.log(`  ${reason}:`)
    for (const test of tests) console.log(`    - ${test}`)
  }
}

/** This environment without what would steer the servers under test: a developer's own settings are not a test's. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const steering =
    /^(?:COUNTERSIGN_(?!BROWSER$|SCREENSHOTS$|VECTORS$)|OTEL_|PG[A-Z]+$|(?:DATABASE_URL|REDIS_URL|SMTP_URL|MAIL_FROM|HOST|PORT|BANK_PORT|WEB_CONCURRENCY|LOG_LEVEL|NODE_OPTIONS|ISSUER_BASE_URL|AUDIENCE)$)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !steering.test(name)))
}
