// `countersign migrate`: bring the database to this version; forward only.
import { Command } from 'commander'
import { migrate, migrationSql, migrationState } from '../../../platform/db/migrate.ts'
import { checkSecret } from '../../../platform/keys/secret-check.store.ts'
import { withPlatform } from '../context.ts'
import { columns, green } from '../terminal.ts'

export function migrateCommand(): Command {
  const up = async (_options: unknown, command: Command): Promise<void> =>
    withPlatform(
      command,
      async ({ platform, terminal }) => {
        const applied = await migrate(platform.database, platform.runtime)
        await checkSecret(platform)
        const lines =
          applied.length === 0
            ? ['Nothing to do: the database is up to date.']
            : applied.map((name) => `${green('applied')} ${name}`)
        terminal.show({ applied }, lines)
      },
      'ignore',
    )
  return new Command('migrate')
    .description('bring the database to this version')
    .addCommand(new Command('up').description('apply what is pending (the default)').action(up), {
      isDefault: true,
    })
    .addCommand(
      new Command('status')
        .description('what is applied and what is pending')
        .action(async (_options, command: Command) =>
          withPlatform(
            command,
            async ({ platform, terminal }) => {
              const state = await migrationState(platform.database)
              const rows = [
                ...state.applied.map((name) => [name, 'applied']),
                ...state.pending.map((name) => [name, 'pending']),
              ]
              terminal.show(state, columns(rows, ['migration', 'state']))
            },
            'ignore',
          ),
        ),
    )
    .addCommand(
      new Command('sql')
        .description('print the SQL of every migration')
        .action(async (_options, command: Command) =>
          withPlatform(
            command,
            async ({ platform, terminal }) => {
              const sql = migrationSql(platform.database)
              terminal.show({ sql }, [sql])
            },
            'ignore',
          ),
        ),
    )
}
