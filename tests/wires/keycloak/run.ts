// A real Keycloak: started, given a realm, and exported in both ways. It takes 150 MB and some minutes, so `npm run wires`
// does it only with `--keycloak`; what it exported is kept in recorded/, and every run of the tests brings that here.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from '../../harness/processes.ts'
import { type Language, prepare } from '../../interop/languages.ts'
import type { Tried } from '../held.ts'
import { bringRealm } from './come.ts'
import { makeRealm, password } from './realm.ts'

const run = promisify(execFile)
const version = '26.0.7'
const source = fileURLToPath(new URL('./', import.meta.url))
const recorded = join(source, 'recorded')

/** What of a realm says nothing of people or clients, and holds keys. */
const untold = [
  'components',
  'authenticationFlows',
  'requiredActions',
  'clientScopes',
  'browserSecurityHeaders',
]

const distribution: Language = {
  folder: `keycloak-${version}`,
  source: 'run.ts',
  needs: [
    ['java', '--version'],
    ['mvn', '--version'],
    ['unzip', '-v'],
  ],
  async fetch({ cache }) {
    const zip = join(cache, `keycloak-quarkus-dist-${version}.zip`)
    if (existsSync(zip)) return
    const what = ['dependency:copy', `-Dartifact=org.keycloak:keycloak-quarkus-dist:${version}:zip`]
    const where = [`-DoutputDirectory=${cache}`, `-Dmaven.repo.local=${join(cache, 'repository')}`]
    await run('mvn', ['--quiet', '--batch-mode', ...what, ...where])
  },
  build: async ({ cache }) => ({ command: join(cache, `keycloak-quarkus-dist-${version}.zip`), args: [] }),
}

/** Has it make and export the realm. @param records whether that is kept */
export async function tryKeycloak(records: boolean): Promise<Tried> {
  const prepared = await prepare(distribution, source)
  if ('skipped' in prepared) return prepared
  const folder = await mkdtemp(join(tmpdir(), 'countersign-keycloak-'))
  try {
    await run('unzip', ['-q', prepared.command, '-d', folder])
    const program = join(folder, `keycloak-${version}`, 'bin', 'kc.sh')
    const made = await whileItRuns(program, makeRealm)
    const [several, one] = [join(folder, 'several'), join(folder, 'realm.json')]
    await run(program, ['export', '--realm', 'shop', '--users', 'different_files', '--dir', several])
    await run(program, ['export', '--realm', 'shop', '--users', 'same_file', '--file', one])
    if (records) {
      await rm(recorded, { recursive: true, force: true })
      await mkdir(join(recorded, 'several'), { recursive: true })
      await keep(one, join(recorded, 'realm.json'))
      for (const name of await readdir(several))
        await keep(join(several, name), join(recorded, 'several', name))
      await writeFile(join(recorded, 'made.json'), `${JSON.stringify(made, null, 2)}\n`)
    }
    return [
      ...(await bringRealm('in one file', one, made)),
      ...(await bringRealm('in several files', several, made)),
    ]
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function keep(from: string, to: string): Promise<void> {
  const realm = JSON.parse(await readFile(from, 'utf8')) as Record<string, unknown>
  const told = Object.entries(realm).filter(([name]) => !untold.includes(name))
  await writeFile(to, `${JSON.stringify(Object.fromEntries(told), null, 2)}\n`)
}

async function whileItRuns<T>(program: string, work: (origin: string) => Promise<T>): Promise<T> {
  const port = await freePort()
  const origin = `http://localhost:${port}`
  const child = spawn(program, ['start-dev', '--http-host', '127.0.0.1', '--http-port', String(port)], {
    env: { ...process.env, KC_BOOTSTRAP_ADMIN_USERNAME: 'admin', KC_BOOTSTRAP_ADMIN_PASSWORD: password },
    stdio: 'ignore',
  })
  const gone = once(child, 'exit')
  try {
    await untilItAnswers(`${origin}/realms/master`)
    return await work(origin)
  } finally {
    child.kill()
    await gone
  }
}

async function untilItAnswers(url: string): Promise<void> {
  const deadline = performance.now() + 300_000
  for (;;) {
    const answer = await fetch(url).catch(() => null)
    if (answer?.ok === true) return
    if (performance.now() > deadline) throw new Error('Keycloak does not answer.')
    await new Promise((resume) => setTimeout(resume, 500))
  }
}
