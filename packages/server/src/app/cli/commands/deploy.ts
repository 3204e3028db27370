// `countersign nginx`, `systemd` and `procfile`: what a machine or a platform has to know of this server, made of its own
// settings. They print; where it goes is the operator's to say.
import { realpathSync } from 'node:fs'
import { Command } from 'commander'
import { findingsOfSite, nginxSite } from '../../deploy/nginx.ts'
import { findingsOfUnit, systemdUnit } from '../../deploy/systemd.ts'
import type { Finding, Settings } from '../../settings.ts'
import { CommandFailed, readSettings, terminalOf, UsageError } from '../context.ts'

export function nginxCommand(): Command {
  return new Command('nginx')
    .description('print a site for nginx that ends TLS before this server')
    .option('--certificate <file>', 'the certificate with its chain; where certbot puts it unless given')
    .option('--key <file>', 'its key; likewise')
    .action(async (options: { certificate?: string; key?: string }, command: Command) => {
      const settings = await settingsOf(command)
      const { protocol, hostname } = new URL(settings.url)
      if (protocol !== 'https:') {
        throw new CommandFailed('There is nothing to be put before a server on plain http.', [
          { path: 'COUNTERSIGN_URL', code: 'not_https', message: 'Give its public address, over https.' },
        ])
      }
      const usual = `/etc/letsencrypt/live/${hostname}`
      const { certificate = `${usual}/fullchain.pem`, key = `${usual}/privkey.pem` } = options
      const site = { settings, certificate, key }
      refuse(findingsOfSite(site))
      print(command, nginxSite(site))
    })
}

export function systemdCommand(): Command {
  return new Command('systemd')
    .description('print a unit that runs this server in this folder as a service')
    .option('--user <name>', 'the user that it runs as', 'countersign')
    .action(async ({ user }: { user: string }, command: Command) => {
      if (!/^[a-z_][a-z0-9_-]{0,31}$/.test(user)) throw new UsageError('--user is not the name of a user.')
      const settings = await settingsOf(command)
      const program = realpathSync(process.argv[1] ?? '')
      const service = { settings, user, folder: process.cwd(), node: process.execPath, program }
      refuse(findingsOfUnit(service))
      print(command, systemdUnit(service))
    })
}

export function procfileCommand(): Command {
  return new Command('procfile')
    .description('print a Procfile, for platforms that read one')
    .action((_options, command: Command) =>
      print(command, 'release: npx countersign migrate\nweb: npx countersign start\n'),
    )
}

/** Nothing is printed that would say something else there than it says here. */
function refuse(findings: readonly Finding[]): void {
  if (findings.length > 0) throw new CommandFailed('That can’t be written down there.', findings)
}

async function settingsOf(command: Command): Promise<Settings> {
  const { settings, findings } = await readSettings(command, 'production')
  if (findings.length > 0) throw new CommandFailed('The configuration has problems.', findings)
  return settings
}

function print(command: Command, text: string): void {
  terminalOf(command).show({ text }, [text.trimEnd()])
}
