// The development server and the sample bank, seeded, in one terminal.
import { startBank } from '../examples/bank/server.ts'
import { developmentBanner } from '../packages/server/src/app/cli/banner.ts'
import { terminal } from '../packages/server/src/app/cli/terminal.ts'
import { readConfigFile } from '../packages/server/src/app/config-file.ts'
import { runDevelopment } from '../packages/server/src/app/development.ts'
import { loadSettings } from '../packages/server/src/app/settings.ts'
import { untilSignal } from '../packages/server/src/app/signals.ts'

/**
 * npm hands SIGTERM to a shell of its own, which ends and tells nobody: who is started by it looks whether it is still there.
 */
function endWithNpm(): void {
  if (process.env['npm_lifecycle_event'] !== 'start') return
  const shell = process.ppid
  const look = setInterval(() => {
    if (process.ppid === shell) return
    clearInterval(look)
    process.kill(process.pid, 'SIGTERM')
  }, 500)
  look.unref()
}

const { config } = await readConfigFile(process.cwd())
const { settings, findings } = loadSettings({ env: process.env, config, mode: 'development' })
const out = terminal(false)

if (findings.length > 0) {
  out.complain('The configuration has problems.', findings)
  process.exitCode = 1
} else {
  try {
    const server = await runDevelopment(settings, { withBank: true })
    const { now } = server.platform.runtime
    const bank = await startBank({ port: settings.bankPort, issuer: server.issuer, now })
    // Whoever reads that we are ready may ask us to stop at once.
    const stopped = untilSignal(async () => {
      await Promise.all([bank.stop(), server.stop()])
    })
    endWithNpm()
    const { value, lines } = developmentBanner(settings, server, performance.now())
    out.show(value, lines)
    await stopped
  } catch (error) {
    const { code, port } = error as NodeJS.ErrnoException & { port?: number }
    if (code !== 'EADDRINUSE') throw error
    const variable = port === settings.bankPort ? 'BANK_PORT' : 'PORT'
    out.complain(`Port ${port} is in use.`, [
      {
        path: variable,
        code: 'port_in_use',
        message: `Stop what listens there, or choose another: ${variable}=… npm start`,
      },
    ])
    process.exit(1)
  }
}
