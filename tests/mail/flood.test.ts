// A flood of letters while the mail server is down, then silent, and a process that dies in the midst of it: two whole
// servers on one database, and a real mail server.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import {
  letterTo,
  type MailServer,
  openMailServer,
} from '../../packages/server/src/platform/mail/mail-server.fixture.ts'
import { openInstallation, type Running } from '../harness/installation.ts'
import { freePort } from '../harness/processes.ts'
import { browserAt } from '../harness/wire.ts'
import { onBothEngines } from '../races/fleet.ts'

const people = Array.from({ length: 40 }, (_, index) => `person-${index}@example.test`)
/** Letters that one process has under way at once. */
const atOnce = 4

/** Waits with patience: two whole servers start and work meanwhile. */
async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + 60_000
  while (!(await isSo())) {
    ok(performance.now() < end, `It did not happen: ${what}.`)
    await new Promise((resume) => setTimeout(resume, 25))
  }
}

async function passTime({ origin }: Running, seconds: number): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ advance: seconds })
  equal((await fetch(`${origin}/dev/clock`, { method: 'POST', body, headers })).status, 200)
}

/** How often each letter came, by its Message-ID; each goes to one person. */
function copies({ letters }: MailServer): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { mail, recipients } of letters) {
    equal(recipients.length, 1)
    const id = mail.messageId ?? ''
    counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  return counts
}

onBothEngines('mail', (engine) => {
  test('F25: with the mail server down or silent people come and go, and each letter arrives once, or twice where its process was killed', async () => {
    await using installation = await openInstallation({ engine })
    const port = await freePort()
    const options = {
      development: true,
      env: { COUNTERSIGN_CLOCK: 'test', SMTP_URL: `smtp://127.0.0.1:${port}` },
    } as const
    const first = await installation.start(options)
    const asks = async (peer: string) => {
      const person = browserAt(peer)
      const form = await person.open(`${first.origin}/forgot-password`)
      return (await person.submit(form, { username: 'grace@example.test' })).status
    }
    equal(await asks('203.0.113.1'), 200, 'while it is down')

    const server = await openMailServer({ port })
    try {
      await passTime(first, 10)
      await until(() => server.letters.length === 1, 'mail leaves again')
      const held = Promise.withResolvers<number>()
      let waiting = 0
      server.behave({
        content: () => {
          waiting += 1
          return held.promise
        },
      })
      await installation.within(({ database, mail }) =>
        database.commit(people.map((to) => mail.post(letterTo(to)))),
      )
      await until(() => waiting === atOnce, 'the first process comes to the silent server')
      equal(await asks('203.0.113.2'), 200, 'while it is silent')
      const second = await installation.start(options)
      await until(() => waiting === 2 * atOnce, 'the second process comes as well')
      await first.child.kill('SIGKILL')
      server.behave({})
      held.resolve(0)
      await installation.within(async ({ database }) => {
        const left = async () => (await database.read('select id from letters', [])).length
        await until(async () => (await left()) <= atOnce, 'all letters leave but those of the dead')
        // Past the lease of whoever died.
        await passTime(second, 150)
        await until(async () => (await left()) === 0, 'the outbox is empty')
      })
      const counts = copies(server)
      const named = new Set(server.letters.flatMap(({ recipients }) => recipients))
      deepEqual([...named].toSorted(), [...people, 'grace@example.test'].toSorted())
      equal(counts.size, people.length + 2)
      const twice = [...counts.values()].filter((count) => count > 1)
      ok(twice.length <= atOnce, `${twice.length} letters came more than once`)
      ok(twice.every((count) => count === 2))
      const log = first.child.stdout() + first.child.stderr() + second.child.stdout() + second.child.stderr()
      equal(/secret-of-the-link|reset-password\?secret|person-\d/.test(log), false, log)
      await second.stop()
    } finally {
      await server.close()
    }
  })
})
