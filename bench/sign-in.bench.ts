// A password sign-in over HTTP, against the argon2id hash that it must do anyway, and against Better Auth's.
import { randomBytes } from 'node:crypto'
import { defaultCost, nativeArgon2 } from '../packages/server/src/accounts/credentials/hashes/argon2.ts'
import { atMost, type Figure, figure } from './figure.ts'
import { measure } from './load.ts'
import { password, startOurs } from './ours.ts'
import { hidden, Person } from './person.ts'
import { type Server, startServer } from './process.ts'

const signIns = 200
const warmUp = 200

export async function run(): Promise<Figure[]> {
  const alone = await hashAlone()
  const ours = await startOurs({ proxied: true })
  try {
    const mine = await signInCpu(ours.server)
    const theirs = await betterAuth()
    return [
      figure('argon2id alone (19 MiB, t=2)', alone / 1000, 'ms CPU'),
      figure('sign-in', mine / 1000, 'ms CPU'),
      atMost(1.15, 'sign-in / hash alone', mine / alone, 'times', 'CPU, form page not counted'),
      figure('Better Auth sign-in', theirs / 1000, 'ms CPU'),
    ]
  } finally {
    await ours.remove()
  }
}

async function hashAlone(): Promise<number> {
  const argon2 = await nativeArgon2()
  const work = () => argon2(password, randomBytes(16), defaultCost, 32)
  for (let index = 0; index < warmUp; index++) await work()
  const before = process.cpuUsage()
  for (let index = 0; index < signIns; index++) await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / signIns
}

async function signInCpu(server: Server): Promise<number> {
  const people = await Promise.all(
    Array.from({ length: warmUp + signIns }, async (_, index) => {
      // Sign-ins from one network are limited: each comes from an address of its own, as behind a proxy.
      const person = new Person(server, `198.18.${index >> 8}.${index & 255}`)
      const page = await person.go('/sign-in')
      return { person, token: hidden(page.body, 'form_token') }
    }),
  )
  const enter = async ({ person, token }: (typeof people)[number]): Promise<void> => {
    const answer = await person.go('/sign-in', {
      form_token: token,
      username: 'person0@bench.example',
      password,
    })
    if (answer.status !== 303) throw new Error(`The sign-in answered ${answer.status}.`)
  }
  for (const one of people.slice(0, warmUp)) await enter(one)
  const before = await server.usage()
  for (const one of people.slice(warmUp)) await enter(one)
  const after = await server.usage()
  return (after.cpuUs - before.cpuUs) / signIns
}

async function betterAuth(): Promise<number> {
  const server = await startServer(new URL('./servers/better-auth.ts', import.meta.url).pathname, {
    ready: /ready (\S+)/,
  })
  const headers = { 'content-type': 'application/json', origin: 'http://localhost' }
  const person = { email: 'a@bench.example', password, name: 'A' }
  try {
    await fetch(`${server.url}/api/auth/sign-up/email`, {
      method: 'POST',
      headers,
      body: JSON.stringify(person),
    })
    const body = JSON.stringify({ email: person.email, password })
    const shot = {
      method: 'POST',
      path: '/api/auth/sign-in/email',
      headers: { ...headers, 'content-length': String(body.length) },
      body,
    }
    return (await measure(server, { concurrency: 1, count: 12, expect: 200, aim: () => shot })).cpuUs
  } finally {
    await server.stop()
  }
}
