// A real mail server (the npm package smtp-server) that takes letters, or doesn't, as a test says.
import type { AddressInfo } from 'node:net'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer, type SMTPServerEnvelope } from 'smtp-server'
import type { House } from '../house.ts'
import { written } from './layout.letter.ts'
import type { Letter } from './letter.ts'

/** A letter as it came. */
export interface Received {
  readonly from: string
  readonly recipients: readonly string[]
  readonly encrypted: boolean
  /** Who had signed in. */
  readonly user: string | null
  readonly raw: string
  readonly mail: Email
}

/** What it answers: a status, or 0 for yes. */
export interface Behaviour {
  readonly sender?: (address: string) => number
  readonly recipient?: (address: string) => number
  /** After the whole letter came. A letter that is not taken is not in `letters`. */
  readonly content?: (raw: string) => number | Promise<number>
}

export interface MailServerOptions {
  readonly port?: number
  /** Its certificate; without one it has no TLS at all. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** TLS at once, instead of STARTTLS. */
  readonly secure?: boolean
  readonly account?: { readonly user: string; readonly password: string }
}

export interface MailServer {
  readonly port: number
  /** What was taken, in order. */
  readonly letters: readonly Received[]
  /** Connections so far. */
  readonly connections: number
  /** Whoever tried to sign in, taken or not. */
  readonly signIns: readonly { readonly user: string; readonly encrypted: boolean }[]
  behave(behaviour: Behaviour): void
  close(): Promise<void>
}

/** Opens one on this machine. It takes everything until told otherwise. */
export async function openMailServer(options: MailServerOptions = {}): Promise<MailServer> {
  const { port = 0, tls, secure = false, account } = options
  const letters: Received[] = []
  const signIns: { user: string; encrypted: boolean }[] = []
  let connections = 0
  let behaviour: Behaviour = {}
  const server = new SMTPServer({
    ...tls,
    secure,
    disabledCommands: [
      ...(tls === undefined || secure ? ['STARTTLS'] : []),
      ...(account === undefined ? ['AUTH'] : []),
    ],
    authOptional: account === undefined,
    disableReverseLookup: true,
    onConnect: (_session, done) => {
      connections += 1
      done()
    },
    onAuth: ({ username = '', password }, { secure: encrypted }, done) => {
      signIns.push({ user: username, encrypted })
      if (username === account?.user && password === account.password) done(null, { user: username })
      else done(new Error('wrong'))
    },
    onMailFrom: ({ address }, _session, done) => done(errorOf(behaviour.sender?.(address))),
    onRcptTo: ({ address }, _session, done) => done(errorOf(behaviour.recipient?.(address))),
    onData: (stream, { envelope, secure: encrypted, user }, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', async () => {
        const raw = Buffer.concat(chunks).toString()
        const refused = errorOf(await behaviour.content?.(raw))
        if (refused === null) letters.push({ ...(await read(raw, envelope)), encrypted, user: user ?? null })
        done(refused)
      })
    },
  })
  // Clients that break off are part of the tests.
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    port: (server.server.address() as AddressInfo).port,
    letters,
    get connections() {
      return connections
    },
    signIns,
    behave: (next) => {
      behaviour = next
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

async function read(
  raw: string,
  { mailFrom, rcptTo }: SMTPServerEnvelope,
): Promise<Pick<Received, 'from' | 'recipients' | 'raw' | 'mail'>> {
  const from = mailFrom === false ? '' : mailFrom.address
  return { from, recipients: rcptTo.map(({ address }) => address), raw, mail: await PostalMime.parse(raw) }
}

function errorOf(responseCode = 0): Error | null {
  return responseCode === 0 ? null : Object.assign(new Error('no, thank you'), { responseCode })
}

/** A letter to be posted in a test. */
export function letterTo(to: string, more: Partial<Letter> = {}): Letter {
  const words = written(
    { host: 'id.example.com' },
    {
      subject: 'Choose a new password',
      body: ['Somebody asked for a new password — perhaps you.'],
      action: { label: 'Choose it', address: 'https://id.example.com/reset#secret-of-the-link' },
      why: 'You get this because of a test.',
    },
  )
  return { to, kind: 'password.reset', ...words, ...more }
}

/** The events about mail so far, with what they say; those of one second by their types. */
export async function mailEvents({ database }: House): Promise<Record<string, unknown>[]> {
  const rows = await database.read(
    "select type, detail from events where type like 'mail.%' order by at, type",
    [],
  )
  return rows.map(({ type, detail }) => ({ type, ...(JSON.parse(String(detail)) as object) }))
}
