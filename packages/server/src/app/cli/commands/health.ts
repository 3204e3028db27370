// `countersign health`: asks the running server whether it is ready; for containers.
import { Command } from 'commander'
import { statusOf } from '../../../platform/http/status.ts'
import { CommandFailed, modeHere, readSettings, terminalOf, UsageError } from '../context.ts'
import { green } from '../terminal.ts'

export function healthCommand(): Command {
  return new Command('health')
    .alias('healthcheck')
    .description('ask the running server whether it is ready')
    .option('--url <url>', 'its address; default: this machine, the configured port')
    .action(async (options: { url?: string }, command: Command) => {
      if (options.url !== undefined && !/^https?:\/\//i.test(options.url))
        throw new UsageError('--url takes an address such as http://127.0.0.1:4400.')
      const { settings } = await readSettings(command, modeHere())
      // The management port never speaks TLS.
      const isPlain = settings.tlsCert === undefined || settings.managementPort !== undefined
      const base =
        options.url ??
        `${isPlain ? 'http' : 'https'}://${settings.host === '0.0.0.0' ? '127.0.0.1' : settings.host}:${settings.managementPort ?? settings.port}`
      let status: number
      try {
        status = await statusOf(new URL('/readyz', base), { isHere: options.url === undefined })
      } catch (error) {
        throw new CommandFailed(`Nothing answers at ${base}.`, [
          {
            path: base,
            code: 'unreachable',
            message:
              error instanceof Error && error.name === 'TimeoutError'
                ? 'It did not answer within three seconds.'
                : 'The connection was refused or broke. Is the server running?',
          },
        ])
      }
      if (status !== 200) throw new CommandFailed(`The server at ${base} is not ready (HTTP ${status}).`)
      terminalOf(command).show({ ready: true, url: base }, [green(`ready  ${base}`)])
    })
}
