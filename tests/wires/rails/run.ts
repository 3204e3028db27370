// People and clients of a real Rails brought here: has_secure_password, Devise with its pepper and its second factors, and
// Doorkeeper, as Debian has them.
import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Secret, TOTP } from 'otpauth'
import type { Held, Tried } from '../held.ts'
import { type Moved, openMoved, verifier } from '../moved.ts'

const run = promisify(execFile)
const password = 'analytical-engine-1843'
/** With the packages that Debian has them in. */
const gems = {
  activerecord: 'ruby-activerecord',
  'devise-two-factor': 'ruby-devise-two-factor',
  doorkeeper: 'ruby-doorkeeper',
  sqlite3: 'ruby-sqlite3',
}

/** What Rails made. */
interface Made {
  readonly versions: Readonly<Record<string, string>>
  readonly pepper: string
  readonly factorKey: string
  /** In Base32. */
  readonly secret: string
  /** A code of it that was shown there already. */
  readonly used: string
  /** A password of more bytes than bcrypt looks at. */
  readonly long: string
  readonly clients: Readonly<Record<string, readonly [id: string, secret: string]>>
}

/** What of Debian it takes, for whoever can install that. */
export const railsPackages = Object.entries(gems).map(([name, debian]) => ({
  what: `${name} for Rails`,
  debian,
  found: () => spawnSync('ruby', ['-e', `gem '${name}'`]).status === 0,
}))

/** Brings them. */
export async function tryRails(): Promise<Tried> {
  const missing = railsPackages.filter(({ found }) => !found()).map(({ debian }) => debian)
  if (missing.length > 0) return { skipped: `apt-get install ${missing.join(' ')} would do` }
  const held: Held[] = []
  for (const [kept, strategy] of [
    ['plain', '::Doorkeeper::SecretStoring::Plain'],
    ['sha256', '::Doorkeeper::SecretStoring::Sha256Hash'],
    ['bcrypt', '::Doorkeeper::SecretStoring::BCrypt'],
  ] as const) {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-rails-'))
    try {
      const program = fileURLToPath(new URL('make.rb', import.meta.url))
      const { stdout } = await run('ruby', ['-W0', program, folder, strategy])
      const made = JSON.parse(stdout) as Made
      const from = join(folder, 'rails.sqlite3')
      if (kept === 'plain')
        held.push(...(await comeSecurely(made, from)), ...(await comeFromDevise(made, from, folder)))
      held.push(...(await clientsAsk(made, from, kept)))
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
  return held
}

async function comeSecurely({ versions, long }: Made, from: string): Promise<Held[]> {
  await using to = await openMoved()
  const [report, again] = [
    await to.bring('rails', from, { options: { 'client-secrets': 'plain' } }),
    await to.bring('rails', from, { options: { 'client-secrets': 'plain' } }),
  ]
  const came = async (name: string, typed: string) =>
    [await to.comes(name, typed), await to.comes(name, `x${typed}`), await to.comes(name, typed)].join()
  return [
    {
      sentence: `Rails ${versions['railties']}: who has has_secure_password comes with the old password and no other, and once`,
      holds:
        [report.created, again.created, again.same].join() === '2,0,2' &&
        (await came('secure@example.test', password)) === 'in,out,in',
    },
    {
      sentence: `Rails ${versions['railties']}: so does whose password is longer than bcrypt looks at`,
      holds: (await came('long@example.test', long)) === 'in,out,in',
    },
  ]
}

async function comeFromDevise(made: Made, from: string, folder: string): Promise<Held[]> {
  const { versions, pepper, factorKey, secret, used } = made
  await using to = await openMoved()
  const keys = join(folder, 'keys.json')
  writeFileSync(keys, JSON.stringify({ otp_secret_encryption_key: factorKey }))
  const options = {
    table: 'members',
    entity: 'member',
    pepper,
    'encryption-keys': keys,
    'client-secrets': 'plain',
  }
  const report = await to.bring('rails', from, { options })
  const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate({
    timestamp: (to.house.runtime.now() + 60) * 1000,
  })
  const replayed = await to.comes('factor@example.test', password, used)
  to.house.runtime.advance(60)
  const came = async (name: string) =>
    [await to.comes(name, password), await to.comes(name, `${password}x`)].join()
  const devise = `Devise ${versions['devise']}`
  return [
    {
      sentence: `${devise}: who has a pepper on their password comes with it, and who is locked stays out`,
      holds:
        report.created === 4 &&
        (await came('devise@example.test')) === 'in,out' &&
        (await came('locked@example.test')) === 'out,out',
    },
    {
      sentence: `${devise}: without the pepper nobody does`,
      holds: await isLockedOut(from, { ...options, pepper: 'another' }),
    },
    {
      sentence: `devise-two-factor ${versions['devise-two-factor']}: the second factor goes on, no code twice; one that is not asked for there is none`,
      holds:
        report.factors === 1 &&
        replayed === 'second step' &&
        (await came('factor@example.test')) === 'second step,out' &&
        (await to.comes('factor@example.test', password, code)) === 'in by both' &&
        (await came('begun@example.test')) === 'in,out',
    },
  ]
}

async function isLockedOut(from: string, options: Readonly<Record<string, string>>): Promise<boolean> {
  await using to: Moved = await openMoved()
  await to.bring('rails', from, { options })
  return (await to.comes('devise@example.test', password)) === 'out'
}

async function clientsAsk(made: Made, from: string, kept: string): Promise<Held[]> {
  await using to = await openMoved()
  const report = await to.bring('rails', from, { options: { 'client-secrets': kept } })
  const held: Held[] = []
  for (const [name, [client_id, client_secret]] of Object.entries(made.clients)) {
    const redirect_uri = `https://${name}.example.test/cb`
    const code = (await to.codeFor('secure@example.test', password, client_id, redirect_uri)) ?? ''
    const form = { grant_type: 'authorization_code', code, redirect_uri, code_verifier: verifier, client_id }
    const wrong = await to.asks({ ...form, client_secret: `${client_secret}x` })
    const right = await to.asks({ ...form, ...(name === 'site' && { client_secret }) })
    held.push({
      sentence: `Doorkeeper ${made.versions['doorkeeper']} that keeps secrets ${kept}: its client (${name}) exchanges a code with the secret that it has, and with no other`,
      holds: report.clients === 2 && wrong === 'invalid_client' && right === '200',
    })
  }
  return held
}
