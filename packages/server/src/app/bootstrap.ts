// The first administrator (`COUNTERSIGN_BOOTSTRAP_ADMIN_*`): made at the start of a server that has none, and read
// never again while there is one, so that a leftover variable opens nothing.
import { defineRole, grantRole, isRoleGranted } from '../access/roles.store.ts'
import type { Passwords } from '../accounts/credentials/passwords.ts'
import { roleOfAdministrators } from '../accounts/sessions/session.ts'
import { createUser } from '../accounts/users/create-user.ts'
import type { Platform } from '../platform/platform.ts'
import type { Finding, Settings } from './settings.ts'

/** Whoever has it administers this server. */
export const administratorRole = {
  name: roleOfAdministrators,
  description: 'Administers this server',
} as const

/** @returns what is wrong with the configured administrator; nothing when all is well or nothing was to do */
export async function bootstrapAdministrator(
  platform: Platform,
  passwords: Passwords,
  { bootstrapAdmin }: Pick<Settings, 'bootstrapAdmin'>,
): Promise<readonly Finding[]> {
  const { database } = platform
  if (bootstrapAdmin === undefined || (await isRoleGranted(database, administratorRole.name))) return []
  const { email, password } = bootstrapAdmin
  const person = { email, name: 'Administrator', password: password.reveal(), emailVerified: true }
  const made = await createUser(platform, passwords, person, (user) => [
    defineRole(database, administratorRole),
    grantRole(database, user.id, administratorRole.name),
  ])
  // Of several processes that start on one new database, one makes the administrator.
  if (made.ok || (await isRoleGranted(database, administratorRole.name))) return []
  return made.findings.map(({ path, code, message }) => ({
    path: path === 'password' ? 'COUNTERSIGN_BOOTSTRAP_ADMIN_PASSWORD' : 'COUNTERSIGN_BOOTSTRAP_ADMIN_EMAIL',
    code,
    message: `${message}.`,
  }))
}
