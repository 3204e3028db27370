// `passport-openidconnect` as it comes from npm, in an Express application on a port of its own, and a person who walks
// through it with HTML forms alone.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { Person } from '../harness/person.ts'
import { password, type Server, serverOfThisFile } from '../harness/server.ts'
import { webApplication } from './passport-app.ts'

const running: HttpServer[] = []
let withPkce = ''
let withoutPkce = ''
serverOfThisFile({ prepare: openApplications })
after(() => {
  for (const server of running) {
    server.close()
    server.closeAllConnections()
  }
})

async function openApplications(on: Server): Promise<void> {
  withPkce = await openApplication(on, 'passport', true)
  withoutPkce = await openApplication(on, 'passport-plain', false)
}

/** @returns its origin */
async function openApplication(on: Server, id: string, pkce: boolean): Promise<string> {
  const server = createServer()
  running.push(server)
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`
  const { secret } = await on.countersign(
    ...['client', 'create', 'Passport', '--id', id, '--redirect-uri', `${origin}/callback`],
  )
  const client = { clientId: id, clientSecret: String(secret) }
  server.on('request', webApplication({ issuer: on.issuer, origin, pkce, ...client }))
  return origin
}

const ada = { username: 'ada', password }

test('ada signs in to a Passport application, and again without a question', async () => {
  const person = new Person()
  const first = await person.walk(`${withPkce}/login`, ada)
  equal(first.url.href, `${withPkce}/`)
  const user = { id: 'usr_ada', name: 'Ada Lovelace', email: 'ada@example.test' }
  deepEqual(JSON.parse(first.html), user)
  // She is signed in, and this application may be known again: its secret proves it.
  deepEqual(JSON.parse((await person.open(`${withPkce}/login`)).html), user)
})

test('who denies is told so by the application', async () => {
  const seen = await new Person().walk(`${withPkce}/login`, { ...ada, username: 'grace', decision: 'deny' })
  equal(seen.html, '"denied"')
})

test('an answer that was made for another browser signs nobody in', async () => {
  const stopped = new Person(`${withPkce}/callback`)
  const { left } = await stopped.walk(`${withPkce}/login`, ada)
  ok(left)
  const victim = new Person()
  await victim.open(`${withPkce}/login`)
  match((await victim.open(left)).html, /denied/)
  equal((await victim.open(withPkce)).html, 'null')
})

test('without PKCE the application is told what is missing, not the person', async () => {
  const seen = await new Person().walk(`${withoutPkce}/login`, ada)
  equal(new URL(seen.url).origin, withoutPkce)
  deepEqual([seen.status, seen.html], [500, '{"error":"invalid_request"}'])
})
