// `countersign role`: what people are, as tokens say it.
import { Command } from 'commander'
import { defineRole, isRoleName, listRoles } from '../../../access/roles.store.ts'
import { CommandFailed, withPlatform } from '../context.ts'
import { bold, columns, green } from '../terminal.ts'

export function roleCommand(): Command {
  return new Command('role')
    .description('the roles that users may have')
    .addCommand(
      new Command('list').description('every role').action(async (_options, command: Command) =>
        withPlatform(command, async ({ platform, terminal }) => {
          const roles = await listRoles(platform.database)
          terminal.show(
            { roles },
            roles.length === 0
              ? ['No roles yet: countersign role create']
              : columns(
                  roles.map(({ name, description }) => [name, description]),
                  ['role', 'for'],
                ),
          )
        }),
      ),
    )
    .addCommand(
      new Command('create')
        .description('add a role, or describe it anew')
        .argument('<name>')
        .argument('[description]', 'what it is for')
        .action(async (name: string, description = '', _options, command: Command) =>
          withPlatform(command, async ({ platform, terminal }) => {
            if (!isRoleName(name))
              throw new CommandFailed('A role is named by small letters, digits and . _ : - only.')
            await platform.database.commit([defineRole(platform.database, { name, description })])
            terminal.show({ name, description }, [`${green('role')} ${bold(name)}`])
          }),
        ),
    )
}
