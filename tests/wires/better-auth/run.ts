// People and clients of a real Better Auth brought here, and somebody of a real Auth.js: both are installed once, at the
// versions of the lock file.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { TOTP, URI } from 'otpauth'
import { identitiesOf } from '../../../packages/server/src/accounts/identities/identities.store.ts'
import { canonicalEmail } from '../../../packages/server/src/accounts/users/identifiers.ts'
import { userByIdentifier } from '../../../packages/server/src/accounts/users/users.store.ts'
import { Authenticator } from '../../harness/authenticator.ts'
import { fetchPackages, prepare } from '../../interop/languages.ts'
import type { Held, Tried } from '../held.ts'
import { type Moved, openMoved, verifier } from '../moved.ts'

const source = fileURLToPath(new URL('./', import.meta.url))
const password = 'analytical-engine-1843'
const secret = 'a secret of Better Auth, thirty-two and more'

/** What make.mjs makes. */
interface Originals {
  readonly makeBetterAuth: (how: {
    readonly file: string
    readonly secret: string
    readonly isHashed: boolean
    readonly authenticator: Authenticator
    readonly codeOf: (uri: string) => string
  }) => Promise<MadeBetterAuth>
  readonly makeAuthJs: (how: { readonly file: string }) => Promise<unknown>
}

interface MadeBetterAuth {
  readonly totpURI: string
  readonly clients: Readonly<Record<string, readonly [id: string, secret: string | null]>>
}

/** Brings them. */
export async function tryBetterAuth(): Promise<Tried> {
  const program = await prepare(
    { folder: 'better-auth', source: 'make.mjs', needs: [['npm', '--version']], fetch: fetchPackages, build },
    source,
  )
  if ('skipped' in program) return program
  const originals = (await import(pathToFileURL(program.command).href)) as Originals
  const folder = mkdtempSync(join(tmpdir(), 'countersign-better-auth-'))
  try {
    return [
      ...(await bringBetterAuth(originals, folder, true)),
      ...(await bringBetterAuth(originals, folder, false)),
      ...(await bringAuthJs(originals, folder)),
    ]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** @returns the program as the command */
async function build({ cache }: { readonly cache: string }) {
  cpSync(join(source, 'make.mjs'), join(cache, 'make.mjs'))
  return { command: join(cache, 'make.mjs'), args: [] }
}

async function bringBetterAuth(originals: Originals, folder: string, isHashed: boolean): Promise<Held[]> {
  const file = join(folder, isHashed ? 'hashed.sqlite' : 'encrypted.sqlite')
  const secretFile = join(folder, 'secret')
  writeFileSync(secretFile, `${secret}\n`)
  const authenticator = new Authenticator()
  const made = await originals.makeBetterAuth({
    file,
    secret,
    isHashed,
    authenticator,
    codeOf: (uri) => codeAt(uri, Date.now()),
  })
  await using without = await openMoved()
  const blind = await without.bring('better-auth', file, { rpId: 'localhost' })
  await using to = await openMoved()
  const bring = () =>
    to.bring('better-auth', file, { rpId: 'localhost', options: { 'secret-file': secretFile } })
  const [report, again] = [await bring(), await bring()]
  const held = [
    {
      sentence: 'everybody comes with what they have, and a second time nothing',
      holds:
        [report.created, report.factors, report.passkeys, report.clients].join() === '6,1,1,3' &&
        report.conflicts.length === 0 &&
        [again.same, again.factors, again.passkeys, again.clients].join() === '6,0,0,0',
    },
    {
      sentence:
        'without its secret the second factor stays behind, and so do clients whose secrets are encrypted',
      holds: blind.factors === 0 && blind.clients === (isHashed ? 3 : 1),
    },
    ...(await comeIn(to, made, authenticator)),
    ...(await clientsAsk(to, made)),
  ]
  const how = isHashed ? 'Better Auth' : 'Better Auth that encrypts'
  return held.map(({ sentence, holds }) => ({ sentence: `${how}: ${sentence}`, holds }))
}

async function comeIn(to: Moved, { totpURI }: MadeBetterAuth, key: Authenticator): Promise<Held[]> {
  const code = codeAt(totpURI, to.house.runtime.now() * 1000)
  const came = async (name: string) => [await to.comes(name, password), await to.comes(name, `${password}x`)]
  return [
    {
      sentence: 'by user name or address, with the old password and no other',
      holds: [await came('plain_name'), await came('linked@example.test')].join() === 'in,out,in,out',
    },
    { sentence: 'Google stays linked', holds: (await linksOf(to, 'linked@example.test')) === 'google 4242' },
    { sentence: 'who is banned stays out', holds: (await came('banned@example.test')).join() === 'out,out' },
    {
      sentence: 'the second factor goes on; whoever never confirmed one is asked for none',
      holds:
        (await came('factor@example.test')).join() === 'second step,out' &&
        (await to.comes('factor@example.test', password, code)) === 'in by both' &&
        (await came('begun@example.test')).join() === 'in,out',
    },
    {
      sentence: 'the passkey opens the same account, and another opens none',
      holds: (await to.comesBy(key)) && !(await to.comesBy(strangersKey())),
    },
  ]
}

async function clientsAsk(to: Moved, { clients }: MadeBetterAuth): Promise<Held[]> {
  const held: Held[] = []
  for (const name of ['site', 'page']) {
    const [client_id = '', client_secret = null] = clients[name] ?? []
    const redirect_uri = `https://${name}.example.test/cb`
    const code = (await to.codeFor('plain_name', password, client_id, redirect_uri)) ?? ''
    const form = { grant_type: 'authorization_code', code, redirect_uri, code_verifier: verifier, client_id }
    const secrets = client_secret === null ? {} : { client_secret }
    const wrong = await to.asks({ ...form, client_secret: `${client_secret}x` })
    held.push({
      sentence: `a client of oauthProvider (${name}) exchanges its code with the secret that it has, and with no other`,
      holds: wrong === 'invalid_client' && (await to.asks({ ...form, ...secrets })) === '200',
    })
  }
  const [client_id = '', client_secret = ''] = clients['machine'] ?? []
  const form = { grant_type: 'client_credentials', client_id, resource: 'https://bank.example/api' }
  held.push({
    sentence: 'a client of oauthProvider (machine) is known by the secret that it has, and by no other',
    holds:
      (await to.asks({ ...form, client_secret: client_secret ?? '' })) !== 'invalid_client' &&
      (await to.asks({ ...form, client_secret: `${client_secret}x` })) === 'invalid_client',
  })
  return held
}

async function bringAuthJs({ makeAuthJs }: Originals, folder: string): Promise<Held[]> {
  const file = join(folder, 'authjs.sqlite')
  await makeAuthJs({ file })
  await using to = await openMoved()
  const [report, again] = [await to.bring('authjs', file), await to.bring('authjs', file)]
  const email = canonicalEmail('jay@example.test')
  const jay = email && (await userByIdentifier(to.house.database, { kind: 'email', value: email }))
  return [
    {
      sentence: 'Auth.js: who signed in with Google comes with the verified address and that account, once',
      holds:
        [report.created, again.same, report.conflicts.length].join() === '1,1,0' &&
        jay?.emailVerified === true &&
        (await linksOf(to, 'jay@example.test')) === 'google 901',
    },
  ]
}

async function linksOf({ house }: Moved, address: string): Promise<string> {
  const email = canonicalEmail(address)
  const user = email && (await userByIdentifier(house.database, { kind: 'email', value: email }))
  const identities = user === null ? [] : await identitiesOf(house.database, user.id)
  return identities.map(({ upstream, subject }) => `${upstream} ${subject}`).join()
}

function codeAt(uri: string, timestamp: number): string {
  const totp = URI.parse(uri)
  return totp instanceof TOTP ? totp.generate({ timestamp }) : ''
}

function strangersKey(): Authenticator {
  const stranger = new Authenticator()
  stranger.create({ challenge: 'AAAA', rp: { id: 'localhost' }, user: { id: 'AAAA' } })
  return stranger
}
