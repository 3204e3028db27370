// What the accounts of a real Django have beside a password, brought here: second factors of django-otp, allauth and
// dj-rest-auth with the codes that pyotp makes of their secrets, passkeys, and the clients of django-oauth-toolkit with theirs.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ImportReport } from '../../../packages/server/src/admin/moving/report.ts'
import { bank } from '../../../packages/server/src/oauth/house.ts'
import { Authenticator } from '../../harness/authenticator.ts'
import { prepare, python } from '../../interop/languages.ts'
import type { Held, Tried } from '../held.ts'
import { type Moved, openMoved, verifier } from '../moved.ts'
import { type Python, runOriginal } from '../python.ts'

const program = new URL('accounts.py', import.meta.url)
const password = 'analytical-engine-1843'

/** What Django made. */
interface Made {
  /** By the person's name: the secret in Base32, digits, seconds of a step. */
  readonly factors: Readonly<Record<string, readonly [secret: string, digits: number, period: number]>>
  /** A code of `otp` that was shown there already. */
  readonly used: string
  readonly clients: Readonly<Record<string, readonly [id: string, secret: string]>>
}

/** Tries all of it, from the database and from a dump. */
export async function tryAccounts(): Promise<Tried> {
  const source = fileURLToPath(new URL('../djoser/', import.meta.url))
  const prepared = await prepare({ ...python, folder: 'djoser' }, source)
  if ('skipped' in prepared) return prepared
  const interpreter: Python = { command: prepared.command, env: prepared.env ?? {} }
  const folder = mkdtempSync(join(tmpdir(), 'countersign-accounts-'))
  const keys = { allauth: new Authenticator({ synced: true }), otp: new Authenticator({ counts: true }) }
  try {
    const input = Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, registered(name, key)]))
    const made = (await runOriginal(interpreter, program, { args: ['make', folder], input })) as Made
    const held: Held[] = []
    for (const [what, file] of [
      ['a database', 'accounts.sqlite3'],
      ['a dump', 'accounts.json'],
    ] as const) {
      await using to = await openMoved()
      const from = join(folder, file)
      const bring = () =>
        to.bring('django', from, { rpId: 'localhost', options: { scopes: 'accounts:read' } })
      const report = await bring()
      const tried = [
        ...counted(report, await bring()),
        ...(await comeIn(interpreter, to, made)),
        ...(await comeByKeys(to, keys)),
        ...(await clientsAsk(to, made)),
      ]
      held.push(...tried.map(({ sentence, holds }) => ({ sentence: `${what}: ${sentence}`, holds })))
    }
    return held
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** A passkey that is made for a challenge of ours, as Django's pages would have it made. */
function registered(name: string, key: Authenticator) {
  const challenge = Buffer.from(`the challenge for a key of ${name}`).toString('base64url')
  const options = {
    challenge,
    rp: { id: 'localhost' },
    user: { id: Buffer.from(name).toString('base64url') },
  }
  return { challenge, credential: { ...JSON.parse(key.create(options)), clientExtensionResults: {} } }
}

function counted(first: ImportReport, again: ImportReport): Held[] {
  return [
    {
      sentence: 'everybody comes with what they have, and a second time nothing',
      holds:
        first.created === 7 &&
        first.factors === 4 &&
        first.passkeys === 2 &&
        first.clients === 5 &&
        again.same === 7 &&
        again.factors + again.passkeys + again.clients === 0,
    },
    {
      sentence:
        'recovery codes stay behind, and that is said; so is a redirect URI with a wildcard, and HS256',
      holds:
        [...first.remarks].some((remark) => remark.includes('HS256')) &&
        first.leftBehind.get('recovery codes') === 3 &&
        first.conflicts.length === 1 &&
        /left out/.test(first.conflicts[0]?.because ?? ''),
    },
  ]
}

async function comeIn(interpreter: Python, to: Moved, { factors, used }: Made): Promise<Held[]> {
  const people = Object.entries(factors)
  const moments = [to.house.runtime.now(), to.house.runtime.now() + 120]
  const asked = moments.flatMap((moment) => people.map(([, shape]) => [...shape, moment]))
  const codes = (await runOriginal(interpreter, program, { args: ['codes'], input: asked })) as string[]
  const replayed = await to.comes('otp', password, used)
  const held: Held[] = [
    { sentence: 'a code that django-otp was shown is used up here too', holds: replayed === 'second step' },
  ]
  to.house.runtime.advance(120)
  for (const [at, [name]] of people.entries()) {
    const [early, code] = [codes[at] ?? '', codes[people.length + at] ?? '']
    const cameTo = [
      await to.comes(name, password),
      await to.comes(name, `${password}x`, code),
      await to.comes(name, password, early),
      await to.comes(name, password, code),
    ]
    held.push({
      sentence: `${name}: comes in by the password with a code of the old secret, and by neither alone`,
      holds: cameTo.join() === 'second step,out,second step,in by both',
    })
  }
  held.push({
    sentence: 'an application that was never confirmed is none',
    holds: (await to.comes('otp_unconfirmed', password)) === 'in',
  })
  return held
}

async function comeByKeys(
  to: Moved,
  keys: Readonly<Record<'allauth' | 'otp', Authenticator>>,
): Promise<Held[]> {
  const held: Held[] = []
  for (const [name, key] of Object.entries(keys)) {
    const stranger = new Authenticator()
    registered(name, stranger)
    held.push({
      sentence: `a passkey of ${name} opens the same account here, and another opens none`,
      holds: (await to.comesBy(key)) && !(await to.comesBy(stranger)),
    })
  }
  return held
}

async function clientsAsk(to: Moved, { clients }: Made): Promise<Held[]> {
  const held: Held[] = []
  for (const name of ['hashed', 'plain']) {
    const [client_id = '', client_secret = ''] = clients[name] ?? []
    const form = { grant_type: 'client_credentials', resource: bank, client_id }
    held.push({
      sentence: `a client of django-oauth-toolkit whose secret is ${name} asks with it, and with no other`,
      holds:
        (await to.asks({ ...form, client_secret: `${client_secret}x` })) === 'invalid_client' &&
        (await to.asks({ ...form, client_secret })) === '200' &&
        (await to.asks({ ...form, client_secret })) === '200' &&
        (await to.asks({ ...form, client_secret: client_secret.slice(1) })) === 'invalid_client',
    })
  }
  for (const name of ['code', 'hybrid', 'page']) {
    const [client_id = '', client_secret = ''] = clients[name] ?? []
    const redirect_uri = `https://${name === 'page' ? 'page' : 'site'}.example.test/cb`
    const code = (await to.codeFor('otp_unconfirmed', password, client_id, redirect_uri)) ?? ''
    const form = { grant_type: 'authorization_code', code, redirect_uri, code_verifier: verifier, client_id }
    const secret = name === 'page' ? {} : { client_secret }
    const wrong = await to.asks({ ...form, client_secret: `${client_secret}x` })
    held.push({
      sentence: `a client of the code flow (${name}) exchanges its code as before`,
      holds: wrong === 'invalid_client' && (await to.asks({ ...form, ...secret })) === '200',
    })
  }
  return held
}
