// `countersign start`: the production server. Refuses an unsafe configuration and names every problem at once.
import cluster from 'node:cluster'
import { Command } from 'commander'
import { migrationState } from '../../../platform/db/migrate.ts'
import { systemRuntime } from '../../../platform/runtime.ts'
import { openPlatform } from '../../foundation.ts'
import { type Running, runServer } from '../../run.ts'
import type { Settings } from '../../settings.ts'
import { untilSignal } from '../../signals.ts'
import { readTls } from '../../tls.ts'
import { unsafeSettings } from '../../unsafe.ts'
import { productionBanner } from '../banner.ts'
import { CommandFailed, readSettings, terminalOf } from '../context.ts'
import { superviseWorkers } from '../workers.ts'

/** Seconds between “not ready” and closing the door, so that a balancer has looked once. */
const lameDuckSeconds = 5

export function startCommand(): Command {
  return new Command('start')
    .description('serve people; refuses an unsafe configuration')
    .option('--migrate', 'apply pending migrations first; a new database always gets its tables')
    .action(async (options: { migrate?: true }, command: Command) => {
      const { elapsed, now } = systemRuntime()
      const began = elapsed()
      const { settings, findings } = await readSettings(command, 'production')
      const problems = [
        ...findings,
        ...unsafeSettings(settings, process.env),
        ...readTls(settings, now()).findings,
      ]
      if (problems.length > 0)
        throw new CommandFailed('Countersign does not start with this configuration.', problems)
      if (settings.workers > 1 && cluster.isPrimary) {
        await prepareDatabase(settings, options.migrate === true)
        await superviseWorkers(settings.workers, () => {
          const banner = productionBanner(settings, settings.port, elapsed() - began)
          terminalOf(command).show(banner.value, banner.lines)
        })
        return
      }
      const running = await started(settings, options.migrate === true)
      // Whoever reads that we are ready may ask us to stop at once.
      const stopped = untilSignal((signal) => running.stop(signal === 'SIGTERM' ? lameDuckSeconds : 0))
      const banner = productionBanner(settings, running.port, elapsed() - began)
      if (cluster.isPrimary) terminalOf(command).show(banner.value, banner.lines)
      else process.send?.('ready')
      await stopped
      // The channel to the supervisor would keep a worker alive, and the supervisor waits for its end.
      cluster.worker?.disconnect()
    })
}

/** The channel to the supervisor would keep a worker alive that can't start. */
async function started(settings: Settings, asked: boolean): Promise<Running> {
  try {
    return await runServer(settings, await migrationsFor(settings, asked))
  } catch (error) {
    cluster.worker?.disconnect()
    throw error
  }
}

/** Before any worker starts: tables and the secret's check, once. */
async function prepareDatabase(settings: Settings, asked: boolean): Promise<void> {
  const platform = await openPlatform(settings, await migrationsFor(settings, asked))
  await platform.close()
}

/** A database without any table can't be harmed: it gets them. One with data waits for an operator's word. */
async function migrationsFor(settings: Settings, asked: boolean): Promise<'apply' | 'require'> {
  if (asked) return 'apply'
  const platform = await openPlatform(settings, 'ignore')
  try {
    return (await migrationState(platform.database)).applied.length === 0 ? 'apply' : 'require'
  } finally {
    await platform.close()
  }
}
