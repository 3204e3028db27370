// Makes the platform out of settings: what the server and every command of the CLI stand on.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileOf, openDatabase } from '../platform/db/database.ts'
import { lacking, type MigrationState, migrate, migrationState } from '../platform/db/migrate.ts'
import { egress, onThisMachine } from '../platform/http/egress.ts'
import { issuerAt } from '../platform/http/issuer.ts'
import { checkSecret } from '../platform/keys/secret-check.store.ts'
import { vaultWith } from '../platform/keys/vault.ts'
import { openMail } from '../platform/mail/mail.ts'
import type { Platform } from '../platform/platform.ts'
import { movableRuntime, type Runtime, systemRuntime } from '../platform/runtime.ts'
import { openLog } from './log.ts'
import { mailIsOpen } from './mail.ts'
import { refuseServedOtherwise, stateServedAs } from './served-as.store.ts'
import type { Settings } from './settings.ts'

/** The database lacks migrations, and this command may not apply them. */
export class MigrationsPending extends Error {
  override readonly name = 'MigrationsPending'
}

/**
 * Opens database, vault and log.
 * @param migrations `apply` what is pending, `require` that nothing is, or `ignore` the question
 * @throws MigrationsPending, SchemaTooNew, WrongSecret, ServedOtherwise, StorageUnavailable
 */
export async function openPlatform(
  settings: Settings,
  migrations: 'apply' | 'require' | 'ignore',
): Promise<Platform & { close(): Promise<void> }> {
  if (migrations === 'require') refuseMissing(settings)
  const runtime: Runtime = settings.clock === 'test' ? movableRuntime() : systemRuntime()
  const database = await openDatabase(settings.database.reveal())
  try {
    const vault = vaultWith(secretsOf(settings, runtime), runtime)
    const platform: Platform = {
      runtime,
      database,
      vault,
      issuer: issuerAt(settings.url, settings.passkeyDomain),
      log: openLog(settings.logLevel),
      egress: egress({
        exempt: settings.mode === 'development' ? onThisMachine : [],
        networks: settings.networks,
      }),
      mail: openMail({ database, runtime, vault }, mailIsOpen(settings)),
      secondFactor: settings.secondFactor,
      development: settings.mode === 'development',
    }
    if (migrations === 'apply') await bringUp(platform, settings)
    if (migrations === 'require') refusePending(await migrationState(database))
    if (migrations !== 'ignore') await checkSecret(platform)
    return { ...platform, close: () => database.close() }
  } catch (error) {
    await database.close()
    throw error
  }
}

/** Nothing is changed in a database that the secret doesn’t open, or that a server of the other kind serves. */
async function bringUp(platform: Platform, { mode }: Settings): Promise<void> {
  const { database, runtime } = platform
  const isNew = (await migrationState(database)).applied.length === 0
  if (!isNew) {
    await checkSecret(platform)
    if (mode === 'development') await refuseServedOtherwise(database, mode)
  }
  await migrate(database, runtime)
  if (isNew && mode === 'development') await stateServedAs(database, mode)
}

/** Opening an embedded database makes its file: a misspelt path would look like a server that has lost everybody. */
function refuseMissing(settings: Settings): void {
  const file = fileOf(settings.database.reveal())
  if (file !== null && !existsSync(file))
    throw new MigrationsPending(`There is no database at ${file}. A new one is made by: countersign migrate`)
}

function refusePending({ pending }: MigrationState): void {
  if (pending.length === 0) return
  throw new MigrationsPending(`The database ${lacking(pending)}. Run: countersign migrate`)
}

/** In development a secret is made once and kept beside the data; in production there is none but the configured. */
function secretsOf(settings: Settings, runtime: Runtime): string[] {
  if (settings.secrets.length > 0 || settings.mode === 'production')
    return settings.secrets.map((secret) => secret.reveal())
  const file = join(settings.data, 'secret')
  mkdirSync(settings.data, { recursive: true, mode: 0o700 })
  try {
    writeFileSync(file, runtime.secret(48), { mode: 0o600, flag: 'wx' })
    chmodSync(file, 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return [readFileSync(file, 'utf8')]
}
