// `countersign user`: the people. Passwords come from standard input or a prompt, never from argv.
import { Command } from 'commander'
import { grantRole, rolesOf, withdrawAllRoles, withdrawRole } from '../../../access/roles.store.ts'
import { passwordsOf } from '../../../accounts/credentials/passwords.ts'
import { recoveryCodesOf, totpOf } from '../../../accounts/factors/factors.store.ts'
import { hasSecondFactor, removeTotp } from '../../../accounts/factors/factors.ts'
import { toldOf } from '../../../accounts/letters/told-of.ts'
import { endAllSessions } from '../../../accounts/sessions/sessions.store.ts'
import { createUser } from '../../../accounts/users/create-user.ts'
import { eraseUser } from '../../../accounts/users/erase.ts'
import { rememberTaken, roleThing } from '../../../accounts/users/moved.store.ts'
import { disableUser, enableUser, listUsers, type User } from '../../../accounts/users/users.store.ts'
import { forgetUser } from '../../../oauth/forget.store.ts'
import type { WriteSet } from '../../../platform/db/database.ts'
import { event } from '../../../platform/events/events.ts'
import type { Platform } from '../../../platform/platform.ts'
import { CommandFailed, type Context, type SharedOptions, withPlatform } from '../context.ts'
import { confirmed, readSecret, several } from '../input.ts'
import { bold, columns, green, moment, yellow } from '../terminal.ts'
import { userNamed } from '../user-named.ts'
import { passkeysCommand, removePasskeyCommand } from './user-passkeys.ts'
import { resetPasswordCommand } from './user-reset-password.ts'

export function userCommand(): Command {
  return new Command('user')
    .description('the people who sign in')
    .addCommand(
      new Command('list')
        .description('users in the order in which they came, a hundred at a time')
        .option('--after <id>', 'go on after this id')
        .action(list),
    )
    .addCommand(
      new Command('show')
        .description('one user')
        .argument('<who>', 'e-mail address, user name or id')
        .action(show),
    )
    .addCommand(
      new Command('create')
        .description('add a user; the password is read from a prompt or standard input')
        .argument('<email>')
        .option('--name <name>', 'what people call them')
        .option('--username <username>', 'a second name to sign in with')
        .option('--role <role>', 'a role they have; may be given several times', several)
        .option('--no-password', 'they sign in with an upstream provider only')
        .action(create),
    )
    .addCommand(resetPasswordCommand())
    .addCommand(
      new Command('disable')
        .description('end everything they have, at once')
        .argument('<who>')
        .action(turn(true)),
    )
    .addCommand(
      new Command('enable').description('let them sign in again').argument('<who>').action(turn(false)),
    )
    .addCommand(
      new Command('reset-second-factor')
        .description('take away the authenticator app and recovery codes of somebody who lost them')
        .argument('<who>')
        .action(resetSecondFactor),
    )
    .addCommand(passkeysCommand())
    .addCommand(removePasskeyCommand())
    .addCommand(
      new Command('delete')
        .description('forget a user; their id is never given again')
        .argument('<who>')
        .action(remove),
    )
    .addCommand(
      new Command('grant').description('give a role').argument('<who>').argument('<role>').action(role(true)),
    )
    .addCommand(
      new Command('withdraw')
        .description('take a role')
        .argument('<who>')
        .argument('<role>')
        .action(role(false)),
    )
}

const atATime = 100

async function list({ after = '' }: { after?: string }, command: Command): Promise<void> {
  await withPlatform(command, async ({ platform, terminal }) => {
    const found = await listUsers(platform.database, after, atATime + 1)
    const users = found.slice(0, atATime)
    const goOn = found.length > atATime ? ['', `There are more: --after ${users.at(-1)?.id}`] : []
    const rows = users.map((user) => [
      user.id,
      user.email ?? '–',
      user.username ?? '–',
      user.name,
      user.disabledAt === null ? '' : 'disabled',
    ])
    terminal.show(
      { users: users.map(printable) },
      users.length === 0
        ? ['No users.']
        : [...columns(rows, ['id', 'e-mail', 'user name', 'name', '']), ...goOn],
    )
  })
}

/** What a person reads in the place of a name that programs read. */
const shownAs: Readonly<Record<string, string>> = {
  username: 'user name',
  email: 'e-mail',
  emailVerified: 'confirmed',
  createdAt: 'created',
  updatedAt: 'changed',
  disabledAt: 'disabled',
  secondFactor: 'second factor',
}

async function show(who: string, _options: unknown, command: Command): Promise<void> {
  await withPlatform(command, async ({ platform, terminal }) => {
    const user = await userNamed(platform, who)
    const roles = await rolesOf(platform.database, user.id)
    const value = { ...printable(user), roles, secondFactor: await factorOf(platform, user.id) }
    terminal.show(
      value,
      columns(Object.entries(value).map(([name, field]) => [shownAs[name] ?? name, text(field)])),
    )
  })
}

interface CreateOptions {
  readonly name?: string
  readonly username?: string
  readonly role?: string[]
  readonly password: boolean
}

async function create(email: string, options: CreateOptions, command: Command): Promise<void> {
  const password = options.password ? await readSecret('Password') : undefined
  await withPlatform(command, async ({ platform, terminal }) => {
    const name = options.name ?? email.split('@')[0] ?? email
    const person = { email, username: options.username, name, password, emailVerified: true }
    const made = await createUser(platform, passwordsOf(platform), person, (user) =>
      (options.role ?? []).map((one) => grantRole(platform.database, user.id, one)),
    )
    if (!made.ok) throw new CommandFailed('The user was not created.', made.findings)
    terminal.show(printable(made.user), [`${green('created')} ${bold(made.user.id)} (${email})`])
  })
}

function turn(off: boolean): (who: string, options: unknown, command: Command) => Promise<void> {
  return (who, _options, command) =>
    withPlatform(command, async ({ platform, terminal }) => {
      const { database, runtime } = platform
      const user = await userNamed(platform, who)
      const now = runtime.now()
      if (off !== (user.disabledAt === null))
        throw new CommandFailed(`${user.name} is ${off ? 'disabled already' : 'not disabled'}.`)
      await commit(platform, [
        off
          ? [disableUser(database, now, user.id), endAllSessions(database, now, user.id)]
          : enableUser(database, now, user.id),
        event(database, runtime, { type: off ? 'user.disabled' : 'user.enabled', userId: user.id }),
        off ? toldOf(platform, user, { what: 'account.disabled' }, null) : [],
      ])
      terminal.show({ id: user.id, disabled: off }, [
        off
          ? `${yellow('disabled')} ${bold(user.id)}: sessions and tokens are dead`
          : `${green('enabled')} ${bold(user.id)}`,
      ])
    })
}

async function resetSecondFactor(who: string, options: SharedOptions, command: Command): Promise<void> {
  await withPlatform(command, async ({ platform, terminal }) => {
    const { database, runtime } = platform
    const user = await userNamed(platform, who)
    if (!(await hasSecondFactor(platform, user.id))) {
      throw new CommandFailed(`${user.name} has no second factor.`)
    }
    const called = `${user.name} (${user.email ?? user.username ?? user.id})`
    await confirmed(`Let ${called} sign in without their second factor?`, options.yes)
    await commit(platform, [
      removeTotp(platform, user.id, 'an operator'),
      endAllSessions(database, runtime.now(), user.id),
      toldOf(platform, user, { what: 'factor.removed', factor: 'an authenticator app' }, null),
    ])
    terminal.show({ id: user.id, secondFactor: null }, [
      `${yellow('removed')} the second factor of ${bold(user.id)}: sessions and tokens are dead`,
    ])
  })
}

async function remove(who: string, options: SharedOptions, command: Command): Promise<void> {
  await withPlatform(command, async ({ platform, terminal }) => {
    const user = await userNamed(platform, who)
    await confirmed(
      `Delete ${user.name} (${user.email ?? user.username ?? user.id})? This can’t be undone.`,
      options.yes,
    )
    await commit(platform, [
      eraseUser(platform, user.id),
      withdrawAllRoles(platform.database, user.id),
      forgetUser(platform.database, user.id),
    ])
    terminal.show({ id: user.id, deleted: true }, [`${yellow('deleted')} ${bold(user.id)}`])
  })
}

function role(
  give: boolean,
): (who: string, name: string, options: unknown, command: Command) => Promise<void> {
  return (who, name, _options, command) =>
    withPlatform(command, async ({ platform, terminal }: Context) => {
      const { database, runtime } = platform
      const user = await userNamed(platform, who)
      const committed = await database.commit([
        give
          ? grantRole(database, user.id, name)
          : [
              withdrawRole(database, user.id, name),
              rememberTaken(database, user.id, roleThing(name), runtime.now()),
            ],
        event(database, runtime, {
          type: give ? 'user.role_granted' : 'user.role_withdrawn',
          userId: user.id,
          detail: { role: name },
        }),
      ])
      if (!committed.ok)
        throw new CommandFailed(`There is no role ${name}.`, [
          { path: 'role', code: 'unknown', message: 'Add it first: countersign role create' },
        ])
      terminal.show({ id: user.id, role: name, granted: give }, [
        `${give ? green('granted') : yellow('withdrew')} ${bold(name)} ${give ? 'to' : 'from'} ${user.name}`,
      ])
    })
}

async function commit(platform: Platform, writes: WriteSet): Promise<void> {
  const committed = await platform.database.commit(writes)
  if (!committed.ok) throw new CommandFailed('The user changed meanwhile; nothing was done. Try again.')
}

/** What a person has set up, never its secret. */
async function factorOf({ database }: Platform, userId: string): Promise<string | null> {
  const [totp, codes] = await Promise.all([totpOf(database, userId), recoveryCodesOf(database, userId)])
  if (totp === null) return null
  return `authenticator app since ${moment(totp.createdAt)}, ${codes?.digests.length ?? 0} recovery codes left`
}

function printable(user: User): Record<string, unknown> {
  const { claims: _, disabledAt, createdAt, updatedAt, ...plain } = user
  return {
    ...plain,
    createdAt: moment(createdAt),
    updatedAt: moment(updatedAt),
    disabledAt: disabledAt === null ? null : moment(disabledAt),
  }
}

function text(value: unknown): string {
  return Array.isArray(value) ? value.join(', ') || '–' : String(value ?? '–')
}
