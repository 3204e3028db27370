// `countersign dev`: the development server, seeded, on an embedded database; refuses to pretend to be production.
import { Command } from 'commander'
import { systemRuntime } from '../../../platform/runtime.ts'
import { runDevelopment } from '../../development.ts'
import { untilSignal } from '../../signals.ts'
import { developmentBanner } from '../banner.ts'
import { CommandFailed, readSettings, terminalOf } from '../context.ts'

export function devCommand(): Command {
  return new Command('dev')
    .description('serve for development: seeded people and clients, simulated providers')
    .action(async (_options, command: Command) => {
      const { elapsed } = systemRuntime()
      const began = elapsed()
      if (process.env['NODE_ENV'] === 'production') {
        throw new CommandFailed('NODE_ENV is production: use `countersign start`.')
      }
      const { settings, findings } = await readSettings(command, 'development')
      if (findings.length > 0) throw new CommandFailed('The configuration has problems.', findings)
      const running = await runDevelopment(settings)
      // Whoever reads that we are ready may ask us to stop at once.
      const stopped = untilSignal(() => running.stop())
      const banner = developmentBanner(settings, running, elapsed() - began)
      terminalOf(command).show(banner.value, banner.lines)
      await stopped
    })
}
