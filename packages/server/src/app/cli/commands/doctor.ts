// `countersign doctor`: looks at everything a server depends on, says what it found, and how to mend what is wrong.
import { Command } from 'commander'
import { examine, type Remark } from '../../doctor.ts'
import { CommandFailed, modeHere, readSettings, terminalOf } from '../context.ts'
import { dim, green, red, yellow } from '../terminal.ts'

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('examine configuration, files, mail, database and keys; explains each finding')
    .option('--deploy', 'judge as for production, whatever this environment looks like')
    .option('--mail <address>', 'send a test letter there')
    .action(async (options: { deploy?: true; mail?: string }, command: Command) => {
      const mode = options.deploy === true ? 'production' : modeHere()
      const loaded = await readSettings(command, mode)
      const remarks = await examine(loaded, process.env, { testMailTo: options.mail })
      const wrong = remarks.filter(({ level }) => level === 'error').length
      const doubtful = remarks.filter(({ level }) => level === 'warning').length
      const summary =
        wrong > 0 ? `${wrong} to mend` : doubtful > 0 ? `sound, ${doubtful} to consider` : 'all sound'
      terminalOf(command).show({ mode, remarks }, [
        `Countersign doctor ${dim(`(${mode})`)}`,
        '',
        ...remarks.flatMap(lines),
        '',
        summary,
      ])
      if (wrong > 0) throw new CommandFailed('This server should not be used as it is.')
    })
}

const marks = { ok: green('✓'), warning: yellow('!'), error: red('✗') } as const

function lines({ level, what, found, mend }: Remark): string[] {
  return [`  ${marks[level]} ${what}: ${found}`, ...(mend === undefined ? [] : [`      ${dim('→')} ${mend}`])]
}
