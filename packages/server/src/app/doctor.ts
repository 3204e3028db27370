// What the doctor looks at: each examination is a row, gives remarks, and never stops the others.
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Database, fileOf, openDatabase } from '../platform/db/database.ts'
import { durabilityOf } from '../platform/db/durability.ts'
import { lacking, migrationState, SchemaTooNew } from '../platform/db/migrate.ts'
import { serviceSeconds } from '../platform/keys/keyring.ts'
import { allKeys } from '../platform/keys/keys.store.ts'
import { checkSecret, WrongSecret } from '../platform/keys/secret-check.store.ts'
import { vaultWith } from '../platform/keys/vault.ts'
import { systemRuntime } from '../platform/runtime.ts'
import { encryptedAgainstSetting } from './encrypted-tokens.ts'
import { fromEnvFile } from './env-file.ts'
import { mailRemarks } from './mail-remarks.ts'
import { misfits } from './misfits.ts'
import type { Finding, Loaded, Settings } from './settings.ts'
import { readTls } from './tls.ts'
import { isLoopbackHost, unsafeSettings } from './unsafe.ts'

/** One thing that was looked at. */
export interface Remark {
  readonly level: 'ok' | 'warning' | 'error'
  readonly what: string
  readonly found: string
  /** How to mend it, when there is something to mend. */
  readonly mend?: string
}

/**
 * Examines everything; opens the database read-only in effect (it writes nothing but a missing secret check).
 *
 * @param testMailTo sends a letter there
 */
export async function examine(
  loaded: Loaded,
  env: Readonly<Record<string, string | undefined>>,
  options: { readonly testMailTo?: string | undefined } = {},
): Promise<Remark[]> {
  const { settings } = loaded
  const remarks: Remark[] = [
    runtimeRemark(),
    ...configurationRemarks(loaded, env),
    ...fileRemarks(settings),
    ...transportRemarks(settings),
    ...tlsRemarks(settings),
    await hasherRemark(),
    ...(await mailRemarks(settings, options.testMailTo)),
  ]
  if (settings.secrets.length === 0 && settings.mode === 'production') return remarks
  return [...remarks, ...(await databaseRemarks(settings))]
}

function runtimeRemark(): Remark {
  const [major = 0] = process.versions.node.split('.').map(Number)
  return major >= 26
    ? { level: 'ok', what: 'Node.js', found: process.version }
    : {
        level: 'warning',
        what: 'Node.js',
        found: process.version,
        mend: 'It works; Node.js 26 is what Countersign is measured on.',
      }
}

function configurationRemarks(
  { settings, findings }: Loaded,
  env: Readonly<Record<string, string | undefined>>,
): Remark[] {
  const unsafe = settings.mode === 'production' ? unsafeSettings(settings, env) : []
  const remarks = [...findings, ...unsafe].map(remarkOf)
  return remarks.length > 0
    ? remarks
    : [{ level: 'ok', what: 'Configuration', found: `issuer ${settings.url}` }]
}

function remarkOf({ path, message }: Finding): Remark {
  const [found = message, ...mend] = message.split(/(?<=[.:]) /)
  return { level: 'error', what: path, found, ...(mend.length === 0 ? {} : { mend: mend.join(' ') }) }
}

function fileRemarks(settings: Settings): Remark[] {
  const database = fileOf(settings.database.reveal())
  const files = [
    ...(database === null ? [] : [database]),
    join(settings.data, 'secret'),
    ...(isOpenToOthers('.env') ? ['.env'] : []),
  ]
  return files.filter(existsSync).map((file) => {
    const mode = statSync(file).mode & 0o777
    return (mode & 0o077) === 0
      ? { level: 'ok', what: file, found: 'readable by this user alone' }
      : {
          level: 'error',
          what: file,
          found: `others may read it (mode ${mode.toString(8)})`,
          mend: `chmod 600 ${file}`,
        }
  })
}

/** Of a file with variables of ours. The group may be the server's own, as where root keeps it. */
function isOpenToOthers(file: string): boolean {
  const isOurs = Object.keys(fromEnvFile(process.cwd(), {})).length > 0
  return isOurs && (statSync(file).mode & 0o007) !== 0
}

/** Whether the way to a PostgreSQL elsewhere is encrypted, and the server at its end verified (SC-12). */
function transportRemarks(settings: Settings): Remark[] {
  const url = settings.database.reveal()
  if (!/^postgres(ql)?:/.test(url) || !URL.canParse(url)) return []
  const { hostname, searchParams } = new URL(url)
  if (hostname === '' || isLoopbackHost(hostname)) return []
  const isVerified = /^(?:require|verify-ca|verify-full)$/.test(searchParams.get('sslmode') ?? '')
  const what = 'Way to PostgreSQL'
  return isVerified
    ? [{ level: 'ok', what, found: 'TLS, verified' }]
    : [
        {
          level: 'warning',
          what,
          found: 'nobody verifies who answers there, and the network in between may read along',
          mend: 'Add sslmode=verify-full to DATABASE_URL, unless that network is yours alone.',
        },
      ]
}

/** The files of TLS, where it is spoken here (RFC 8705 for those of clients). */
function tlsRemarks(settings: Settings): Remark[] {
  const { own, mutual, findings } = readTls(settings, systemRuntime().now())
  if (findings.length > 0) return findings.map(remarkOf)
  const trusted = mutual === null ? '' : `; clients’ certificates by ${mutual.authorities.length} authorities`
  return own === null && mutual === null
    ? []
    : [{ level: 'ok', what: 'TLS', found: `${own === null ? 'ended by a proxy' : 'spoken here'}${trusted}` }]
}

async function hasherRemark(): Promise<Remark> {
  try {
    await import('@node-rs/argon2')
    return { level: 'ok', what: 'Password hashing', found: 'argon2id by the native addon' }
  } catch {
    return {
      level: 'warning',
      what: 'Password hashing',
      found:
        'the native addon is missing on this platform; node:crypto does the work at three times the cost',
      mend: 'Reinstall with optional dependencies, or use a platform that @node-rs/argon2 supports.',
    }
  }
}

async function databaseRemarks(settings: Settings): Promise<Remark[]> {
  const url = settings.database.reveal()
  const file = fileOf(url)
  if (file !== null && !existsSync(file)) {
    return [
      {
        level: 'warning',
        what: 'Database',
        found: `there is none at ${file}`,
        mend: 'Check DATABASE_URL, or make a new one: countersign migrate',
      },
    ]
  }
  let database: Database | undefined
  try {
    database = await openDatabase(url)
    return [
      ...(await schemaRemarks(database)),
      ...(await secretRemarks(database, settings)),
      ...(await durabilityRemarks(database)),
      ...(await encryptionRemarks(database, settings)),
      ...(await profileRemarks(database, settings)),
    ]
  } catch (error) {
    return [{ level: 'error', what: 'Database', ...unopened(error) }]
  } finally {
    await database?.close()
  }
}

function unopened(error: unknown): Pick<Remark, 'found' | 'mend'> {
  const { message, cause } = error instanceof Error ? error : new Error('unknown failure')
  if (error instanceof SchemaTooNew) {
    const [found = message, ...mend] = message.split(/(?<=\.) /)
    return { found, mend: mend.join(' ') }
  }
  const why = cause instanceof Error ? `${message.replace(/\.$/, '')}: ${cause.message}` : message
  return { found: `can’t be used: ${why}`, mend: 'Check DATABASE_URL, and that nothing else is in the way.' }
}

async function schemaRemarks(database: Database): Promise<Remark[]> {
  const { pending } = await migrationState(database)
  const keys = pending.length > 0 ? [] : await allKeys(database)
  const newest = Math.max(0, ...keys.map(({ activeFrom }) => activeFrom))
  const isOld = keys.length > 0 && systemRuntime().now() - newest > serviceSeconds
  return [
    pending.length === 0
      ? { level: 'ok', what: 'Database', found: `${database.dialect}, up to date` }
      : {
          level: 'error',
          what: 'Database',
          found: lacking(pending),
          mend: 'countersign migrate',
        },
    ...(isOld
      ? [
          {
            level: 'warning' as const,
            what: 'Signing keys',
            found: 'the newest is older than 90 days',
            mend: 'countersign keys rotate',
          },
        ]
      : []),
  ]
}

async function secretRemarks(database: Database, settings: Settings): Promise<Remark[]> {
  if (settings.secrets.length === 0 || (await migrationState(database)).pending.length > 0) return []
  const runtime = systemRuntime()
  try {
    await checkSecret({
      database,
      vault: vaultWith(
        settings.secrets.map((secret) => secret.reveal()),
        runtime,
      ),
    })
    return [{ level: 'ok', what: 'COUNTERSIGN_SECRET', found: 'opens what this database holds' }]
  } catch (error) {
    if (!(error instanceof WrongSecret)) throw error
    return [
      {
        level: 'error',
        what: 'COUNTERSIGN_SECRET',
        found: 'is not the secret this database was written with',
        mend: 'Restore the old value, or give both in COUNTERSIGN_SECRETS, the newest first.',
      },
    ]
  }
}

async function encryptionRemarks(database: Database, settings: Settings): Promise<Remark[]> {
  if ((await migrationState(database)).pending.length > 0) return []
  return (await encryptedAgainstSetting(database, settings)).map(remarkOf)
}

async function profileRemarks(database: Database, settings: Settings): Promise<Remark[]> {
  if ((await migrationState(database)).pending.length > 0) return []
  const remarks = (await misfits(database, settings)).map(remarkOf)
  return remarks.map((remark) => ({ ...remark, level: 'warning' }))
}

async function durabilityRemarks(database: Database): Promise<Remark[]> {
  const { durable, setting } = await durabilityOf(database)
  return durable
    ? [{ level: 'ok', what: 'Durability', found: setting }]
    : [
        {
          level: 'error',
          what: 'Durability',
          found: setting,
          mend: 'Remove whatever sets it: a crash would lose acknowledged sign-outs and revocations.',
        },
      ]
}
