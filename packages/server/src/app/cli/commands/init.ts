// `countersign init`: the two files that a server of one's own begins with.
import { Command } from 'commander'
import { systemRuntime } from '../../../platform/runtime.ts'
import { terminalOf, UsageError } from '../context.ts'
import { bold, dim, green } from '../terminal.ts'
import { refuseTaken, wholeText } from '../whole-file.ts'

const configText = (url: string): string => `import { defineConfig } from 'countersign'

// Every setting, with its origin: countersign config print
// Secrets stay in the environment (.env), never here.
export default defineConfig({
  url: '${url}',
  database: 'file:./data/countersign.db', // or postgres://user@host/countersign
  // trustProxy: ['10.0.0.0/8'],           // your proxies, so that rate limits see the real client
  // signIn: { upstreams: { google: { id: '…', secret: '…' } } },
})
`

const envText = (
  secret: string,
): string => `# Root of all encryption. Keep a copy somewhere safe: without it nothing sealed can be read.
COUNTERSIGN_SECRET=${secret}
# The first administrator; read only while there is none.
# COUNTERSIGN_BOOTSTRAP_ADMIN_EMAIL=you@example.com
# COUNTERSIGN_BOOTSTRAP_ADMIN_PASSWORD_FILE=/run/secrets/admin-password
`

export function initCommand(): Command {
  return new Command('init')
    .description('write countersign.config.ts and .env in this folder')
    .option('--url <url>', 'the public address of the server', 'https://id.example.com')
    .action(async (options: { url: string }, command: Command) => {
      if (!URL.canParse(options.url)) throw new UsageError('--url is not an address.')
      const files: readonly (readonly [string, string, number])[] = [
        ['countersign.config.ts', configText(new URL(options.url).origin), 0o644],
        ['.env', envText(systemRuntime().secret(48)), 0o600],
      ]
      refuseTaken(files.map(([name]) => name))
      for (const [name, text, mode] of files) await wholeText(name, text, { mode })
      terminalOf(command).show({ written: files.map(([name]) => name) }, [
        `${green('wrote')} countersign.config.ts`,
        `${green('wrote')} .env`,
        `      ${dim('It holds a new secret, readable by you alone: keep it out of version control.')}`,
        '',
        'Next:',
        `  ${bold('countersign doctor')}     checks what you have`,
        `  ${bold('countersign migrate')}    makes the database`,
        `  ${bold('countersign start')}      serves`,
      ])
    })
}
