// `countersign config`: what the server would run with, and what is wrong with it.
import { Command } from 'commander'
import { unsafeSettings } from '../../unsafe.ts'
import { CommandFailed, modeHere, readSettings, terminalOf } from '../context.ts'
import { columns, green } from '../terminal.ts'
import { configImportCommand } from './config-import.ts'
import { configTypesCommand } from './config-types.ts'

export function configCommand(): Command {
  return new Command('config')
    .description('show, check and bring along the configuration')
    .addCommand(
      new Command('print')
        .description('each value with its origin; secrets hidden')
        .action(async (_options, command: Command) => {
          const { printed, findings, file } = await readSettings(command, modeHere())
          const rows = printed.map(({ name, value, origin }) => [name, value === '' ? '–' : value, origin])
          terminalOf(command).show({ file: file ?? null, values: printed, findings }, [
            ...columns(rows, ['setting', 'value', 'from']),
            '',
            file === undefined
              ? '  No configuration file here; defaults and environment only.'
              : `  Configuration file: ${file}`,
          ])
          if (findings.length > 0) throw new CommandFailed('The configuration has problems.', findings)
        }),
    )
    .addCommand(
      new Command('check')
        .description('every problem at once; exit code 1 when there is one')
        .action(async (_options, command: Command) => {
          const mode = modeHere()
          const { settings, findings } = await readSettings(command, mode)
          const all =
            mode === 'production' ? [...findings, ...unsafeSettings(settings, process.env)] : findings
          if (all.length > 0) throw new CommandFailed('The configuration has problems.', all)
          terminalOf(command).show({ findings: [] }, [green(`The configuration is sound (${mode}).`)])
        }),
    )
    .addCommand(configImportCommand())
    .addCommand(configTypesCommand())
}
