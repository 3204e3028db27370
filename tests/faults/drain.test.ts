// SIGTERM under load. Whoever has been let in is answered; only new connections are refused, once the door is closed.
//
// The door closes five seconds after readiness said so. Who goes by readiness, as balancers do, never sees a failure. Who
// doesn't is refused: with ECONNREFUSED, or by a reset of a new connection that was still waiting in the kernel's queue
// when the socket was closed; nobody has read its request then, so it is a refusal too.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { openInstallation } from '../harness/installation.ts'
import { ownTime } from '../harness/own-time.ts'
import { credentials, populate } from '../harness/population.ts'
import { get } from '../harness/wire.ts'

interface Outcome {
  readonly at: number
  readonly became: 'answered' | 'refused' | string
}

const form = 'grant_type=client_credentials&scope=vault%3Aread'
const headers = {
  authorization: credentials.machine,
  'content-type': 'application/x-www-form-urlencoded',
  'content-length': form.length,
}

/** One token request on a connection that is kept, as a client of some weight would send it. */
function ask(port: number, agent: Agent): Promise<Outcome> {
  return new Promise((resolve) => {
    const became = (what: string) => resolve({ at: performance.now(), became: what })
    const asking = request({ host: '127.0.0.1', port, agent, method: 'POST', path: '/oauth/token', headers })
    asking.on('response', (response) => {
      response.on('error', (error) => became(`broke off: ${error.message}`))
      response
        .resume()
        .on('end', () => became(response.statusCode === 200 ? 'answered' : `${response.statusCode}`))
    })
    asking.on('error', (error: NodeJS.ErrnoException) => {
      const isRefusal = error.code === 'ECONNREFUSED' || (error.code === 'ECONNRESET' && !asking.reusedSocket)
      became(isRefusal ? 'refused' : `broke: ${error.message}`)
    })
    asking.end(form)
  })
}

/** Asks again and again until it is turned away or may not any more. */
async function customer(port: number, pauseMs: number, may: () => boolean): Promise<readonly Outcome[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const outcomes: Outcome[] = []
  while (may() && outcomes.at(-1)?.became !== 'refused') {
    outcomes.push(await ask(port, agent))
    if (pauseMs > 0) await new Promise((resume) => setTimeout(resume, pauseMs))
  }
  agent.destroy()
  return outcomes
}

function issued(file: string): number {
  const connection = new DatabaseSync(file, { readOnly: true })
  const row = connection.prepare(`select count(*) as n from events where type = 'token.issued'`).get()
  connection.close()
  return Number(row?.['n'])
}

// Some never pause; some leave their connection idle, and ask on one that may just be closing.
const pauses = [0, 3, 17, 50, 110]

describe('SIGTERM under load', { concurrency: true }, () => {
  for (const workers of [1, 2]) {
    test(`no request fails while ${workers === 1 ? 'one process leaves' : 'two workers leave'} [F31]`, async (t) => {
      await using installation = await openInstallation()
      await populate(installation, 1)
      const { port, origin, child } = await installation.start({ env: { WEB_CONCURRENCY: String(workers) } })
      let isReady = true
      const stubborn = Promise.all(pauses.map((pause) => customer(port, pause, () => true)))
      const obedient = Promise.all(pauses.map((pause) => customer(port, pause, () => isReady)))
      await new Promise((resume) => setTimeout(resume, 500))
      const ended = child.kill('SIGTERM')
      const told = performance.now()
      using time = ownTime()
      while ((await get(`${origin}/readyz`)).status === 200 && time.ms() < 3000);
      equal((await get(`${origin}/readyz`)).status, 503, 'balancers are told at once')
      isReady = false
      const balanced = (await obedient).flat()
      const others = (await stubborn).flat()
      deepEqual(await ended, { code: 0, signal: null })
      ok(time.ms() < 12_000, 'it ends when everybody was answered')

      deepEqual([...new Set(balanced.map(({ became }) => became))], ['answered'])
      deepEqual([...new Set(others.map(({ became }) => became))].sort(), ['answered', 'refused'])
      const refused = others.filter(({ became }) => became === 'refused')
      ok(
        refused.every(({ at }) => at - told > 4500),
        'the door stays open until balancers have looked',
      )
      const answered = [...balanced, ...others].filter(({ became }) => became === 'answered')
      ok(answered.filter(({ at }) => at > told).length > 50, 'requests were answered on the way out')
      equal(issued(installation.file), answered.length, 'whatever was done was answered')
      t.diagnostic(`${answered.length} answered, ${refused.length} refused after the door was closed`)
    })
  }
})
