// `countersign user passkeys` and `user remove-passkey`: what somebody signs in with, and taking one away that is lost.
import { Command } from 'commander'
import { toldOf } from '../../../accounts/letters/told-of.ts'
import { dropPasskey, passkeysOf } from '../../../accounts/passkeys/passkeys.store.ts'
import { endAllSessions } from '../../../accounts/sessions/sessions.store.ts'
import { event } from '../../../platform/events/events.ts'
import { CommandFailed, type SharedOptions, withPlatform } from '../context.ts'
import { confirmed } from '../input.ts'
import { bold, columns, moment, yellow } from '../terminal.ts'
import { userNamed } from '../user-named.ts'

export function passkeysCommand(): Command {
  return new Command('passkeys')
    .description('the passkeys of a user')
    .argument('<who>', 'e-mail address, user name or id')
    .action(list)
}

export function removePasskeyCommand(): Command {
  return new Command('remove-passkey')
    .description('take away a passkey that somebody lost, be it their last way in; ends all their sessions')
    .argument('<who>', 'e-mail address, user name or id')
    .argument('<id>', 'as `user passkeys` lists it')
    .action(remove)
}

async function list(who: string, _options: unknown, command: Command): Promise<void> {
  await withPlatform(command, async ({ platform, terminal }) => {
    const user = await userNamed(platform, who)
    const passkeys = (await passkeysOf(platform.database, user.id)).map((passkey) => ({
      id: passkey.id,
      name: passkey.name,
      domain: passkey.rpId,
      signsInAlone: passkey.userVerified,
      synced: passkey.backedUp,
      createdAt: passkey.createdAt,
      lastUsedAt: passkey.lastUsedAt,
    }))
    const rows = passkeys.map(({ id, name, domain, createdAt, lastUsedAt }) => [
      id,
      name,
      domain,
      moment(createdAt),
      lastUsedAt === null ? '–' : moment(lastUsedAt),
    ])
    terminal.show(
      { id: user.id, passkeys },
      rows.length === 0 ? ['No passkeys.'] : columns(rows, ['id', 'name', 'domain', 'added', 'last used']),
    )
  })
}

async function remove(who: string, id: string, options: SharedOptions, command: Command): Promise<void> {
  await withPlatform(command, async ({ platform, terminal }) => {
    const { database, runtime } = platform
    const user = await userNamed(platform, who)
    const passkey = (await passkeysOf(database, user.id)).find((one) => one.id === id)
    if (passkey === undefined) throw new CommandFailed(`${user.name} has no passkey ${id}.`)
    const question = `Take the passkey “${passkey.name}” from ${user.name} (${user.email ?? user.username ?? user.id})?`
    await confirmed(question, options.yes)
    const committed = await database.commit([
      dropPasskey(database, user.id, id),
      endAllSessions(database, runtime.now(), user.id),
      event(database, runtime, {
        type: 'passkey.removed',
        userId: user.id,
        detail: { passkey: id, by: 'an operator' },
      }),
      toldOf(platform, user, { what: 'passkey.removed', name: passkey.name }, null),
    ])
    if (!committed.ok) throw new CommandFailed(`${user.name} has no passkey ${id} any more.`)
    terminal.show({ id: user.id, removed: id }, [
      `${yellow('removed')} the passkey ${bold(passkey.name)} of ${user.id}: sessions and tokens are dead`,
    ])
  })
}
