// Several workers on one port: one of them dies, or the one that looks after them.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { openInstallation } from '../harness/installation.ts'
import { credentials, populate } from '../harness/population.ts'
import { type Answer, get, introspect, post, refresh, signIn, tokensFor, tokensOf } from '../harness/wire.ts'
import { newBrowser } from './journal.ts'

const skip = spawnSync('pgrep', ['-V']).error ? 'there is no pgrep here to find the workers with' : false

function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
  return stdout.split('\n').filter(Boolean).map(Number)
}

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const began = performance.now()
  while (!(await condition())) {
    ok(performance.now() - began < 60_000, `${what} did not happen in a minute`)
    await new Promise((resume) => setTimeout(resume, 50))
  }
}

const form = { grant_type: 'client_credentials', scope: 'vault:read' }

test('a worker that dies takes only its own requests along, and is replaced [F39]', { skip }, async () => {
  await using installation = await openInstallation()
  const [somebody] = await populate(installation, 1)
  ok(somebody)
  const { origin, child } = await installation.start({ env: { WEB_CONCURRENCY: '2' } })
  const person = newBrowser()
  await signIn(origin, person, somebody)
  const held = await tokensFor(origin, person)
  const workers = childrenOf(child.pid)
  equal(workers.length, 2)

  const granted: string[] = []
  let broken = 0
  let over = false
  const ask = async (): Promise<void> => {
    while (!over) {
      const answer: Answer | null = await post(`${origin}/oauth/token`, form, credentials.machine).catch(
        () => null,
      )
      if (answer === null) broken += 1
      else {
        equal(answer.status, 200)
        granted.push(String(answer.json['access_token']))
      }
    }
  }
  const asking = Promise.all([1, 2, 3, 4].map(ask))
  await until(() => granted.length > 50, 'work')
  const before = granted.length
  process.kill(workers[0] ?? 0, 'SIGKILL')
  await until(
    () => childrenOf(child.pid).filter((pid) => !workers.includes(pid)).length === 1,
    'a new worker',
  )
  await until(() => granted.length > before + 50, 'work after that')
  over = true
  await asking
  ok(broken <= 4, `${broken} requests broke, of at most one for each client`)
  for (const token of granted.slice(before - 20, before + 20)) {
    equal((await introspect(origin, token, credentials.guard)).json['active'], true)
  }
  tokensOf(await refresh(origin, held.refresh))
  deepEqual(await child.kill('SIGINT'), { code: 0, signal: null })
})

test('when the one that looks after the workers dies, they leave, and the port is free [F01]', {
  skip,
}, async () => {
  await using installation = await openInstallation()
  await populate(installation, 0)
  const { origin, port, child } = await installation.start({ env: { WEB_CONCURRENCY: '2' } })
  const workers = childrenOf(child.pid)
  equal((await get(`${origin}/readyz`)).status, 200)
  process.kill(child.pid, 'SIGKILL')
  await until(
    () => workers.every((pid) => spawnSync('kill', ['-0', String(pid)]).status !== 0),
    'the end of the workers',
  )
  const again = await installation.start({ port, env: { WEB_CONCURRENCY: '2' } })
  equal((await get(`${again.origin}/readyz`)).status, 200)
  await again.stop()
})
