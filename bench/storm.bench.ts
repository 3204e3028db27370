// A storm of sign-ins, ten times as many as the server can do: what becomes of them, and of whoever asks for something else
// meanwhile. Sent as they come, whether or not the ones before were answered.
import { Connection, type Heard } from './connection.ts'
import { fill, known, member } from './crowd.ts'
import { atMost, type Figure, figure } from './figure.ts'
import type { Shot } from './load.ts'
import { host, password, startOurs } from './ours.ts'
import { hidden, Person } from './person.ts'
import type { Server } from './process.ts'

const seconds = 5
const times = 10
/** Requests of others in a second. */
const others = 100
/** Browsers that take part, each again and again, from a network of its own each time. */
const browsers = 50

export async function run(): Promise<Figure[]> {
  const ours = await startOurs({ proxied: true, fill: (platform) => fill(platform, 0) })
  try {
    const shots = await signIns(ours.server)
    const capacity = await capacityOf(ours.server, shots)
    const calm = await among(ours.server, others, () => session(), seconds)
    const before = await ours.server.usage()
    const storm = among(ours.server, capacity * times, shots, seconds)
    const meanwhile = await among(ours.server, others, () => session(), seconds)
    const answered = await storm
    const spent = (await ours.server.usage()).cpuUs - before.cpuUs
    const count = (is: (heard: Heard) => boolean): number => answered.filter(({ heard }) => is(heard)).length
    const isIn = ({ status }: Heard): boolean => status === 303
    const isPutOff = ({ status, head }: Heard): boolean => status === 503 && /\r\nretry-after: /i.test(head)
    const lost = count((heard) => !isIn(heard) && !isPutOff(heard))
    const refused = meanwhile.filter(({ heard }) => heard.status !== 200).length
    return [
      figure('sign-ins that the server can do', capacity, 'a second', 'four at once'),
      figure('sign-ins sent', answered.length, '', `${times} times as many, for ${seconds} s`),
      figure('signed in', count(isIn), ''),
      figure('told to come back', count(isPutOff), '', '503 with Retry-After'),
      figure('the storm', spent / answered.length, 'µs CPU', 'for each sign-in sent, hashes among them'),
      atMost(0, 'sign-ins lost', lost, '', 'answered otherwise, or not at all'),
      atMost(0, 'requests of others lost', refused, '', `${others} a second, /auth/verify`),
      figure('others before the storm, slowest percent', slowest(calm), 'ms'),
      atMost(100, 'others during the storm, slowest percent', slowest(meanwhile), 'ms', 'p99'),
    ]
  } finally {
    await ours.remove()
  }
}

/** @returns makes the sign-in of another person from another network each time */
async function signIns(server: Server): Promise<() => Shot> {
  const ready: { cookie: string; token: string }[] = []
  for (let at = 0; at < browsers; at++) {
    const person = new Person(server, `198.18.255.${at}`)
    const { body } = await person.go('/sign-in')
    ready.push({ cookie: person.cookie, token: hidden(body, 'form_token') })
  }
  let next = 0
  return () => {
    const at = next++
    const { cookie = '', token = '' } = ready[at % browsers] ?? {}
    const form = { form_token: token, username: member(at % known).username, password }
    const body = new URLSearchParams(form).toString()
    return {
      method: 'POST',
      path: '/sign-in',
      headers: {
        host,
        cookie,
        origin: `https://${host}`,
        'x-forwarded-for': `198.${20 + (at >> 16)}.${(at >> 8) & 255}.${at & 255}`,
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': String(body.length),
      },
      body,
    }
  }
}

let asked = 0
function session(): Shot {
  const cookie = `__Host-sid=${member(asked++ % known).session}`
  return {
    method: 'GET',
    path: '/auth/verify',
    headers: { host, cookie, 'x-original-method': 'GET', 'x-original-uri': '/' },
  }
}

async function capacityOf(server: Server, shots: () => Shot): Promise<number> {
  const each = 10
  const connections = Array.from({ length: 4 }, () => new Connection(server.url))
  await Promise.all(connections.map((connection) => connection.send(shots())))
  const began = performance.now()
  await Promise.all(
    connections.map(async (connection) => {
      for (let sent = 0; sent < each; sent++) await connection.send(shots())
    }),
  )
  const took = performance.now() - began
  for (const connection of connections) connection.close()
  return Math.round((connections.length * each * 1000) / took)
}

interface Timed {
  readonly heard: Heard
  readonly ms: number
}

/** Sends so many a second, evenly, however long the answers take. */
async function among(
  server: Server,
  perSecond: number,
  shots: () => Shot,
  seconds: number,
): Promise<Timed[]> {
  const idle: Connection[] = []
  const all: Connection[] = []
  const answers: Promise<Timed>[] = []
  const ask = async (shot: Shot): Promise<Timed> => {
    const connection = idle.pop() ?? new Connection(server.url)
    if (!all.includes(connection)) all.push(connection)
    const began = performance.now()
    const heard = await connection.send(shot).catch(() => ({ status: 0, head: '', body: '' }))
    idle.push(connection)
    return { heard, ms: performance.now() - began }
  }
  const began = performance.now()
  for (let sent = 0; sent < perSecond * seconds; ) {
    const due = Math.min(((performance.now() - began) * perSecond) / 1000, perSecond * seconds)
    for (; sent < due; sent++) answers.push(ask(shots()))
    await new Promise((resume) => setTimeout(resume, 2))
  }
  const timed = await Promise.all(answers)
  for (const connection of all) connection.close()
  return timed
}

function slowest(timed: readonly Timed[]): number {
  const sorted = timed.map(({ ms }) => ms).sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN
}
