// `countersign completion`: so that a shell knows the commands.
import { Argument, Command } from 'commander'
import { type CompletionShell, completionScript, completionShells } from '../completion.ts'
import { terminalOf } from '../context.ts'

export function completionCommand(): Command {
  return new Command('completion')
    .description('print what a shell needs to complete commands: source <(countersign completion bash)')
    .addArgument(new Argument('<shell>').choices(completionShells))
    .action((shell: CompletionShell, _options: unknown, command: Command) => {
      const text = completionScript(command.parent ?? command, shell)
      terminalOf(command).show({ text }, [text.trimEnd()])
    })
}
