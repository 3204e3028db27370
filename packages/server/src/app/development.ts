// The development server: everything seeded, and the addresses that a newcomer needs.
import { passwordsOf } from '../accounts/credentials/passwords.ts'
import { type Running, runServer } from './run.ts'
import { seed, seededPeople } from './seed.ts'
import type { Settings } from './settings.ts'

/** A development server that runs. */
export interface Development extends Running {
  readonly issuer: string
  /** The sample bank's address as the clients are registered for it; null when nobody starts one. */
  readonly bank: string | null
}

/** Starts it; the seed is planted before the first request can come. */
export async function runDevelopment(
  settings: Settings,
  options: { readonly withBank?: boolean } = {},
): Promise<Development> {
  const bank = `http://localhost:${settings.bankPort}`
  const running = await runServer({ ...settings, ...options }, 'apply', (platform) =>
    seed(platform, passwordsOf(platform, { slots: seededPeople.length }), bank),
  )
  return { ...running, issuer: settings.url, bank: options.withBank === true ? bank : null }
}

/** Whether an upstream is the real one, by settings, rather than its simulator. */
export function isRealUpstream(settings: Settings, id: string): boolean {
  return id in settings.upstreams && settings.upstreams[id as keyof Settings['upstreams']] !== undefined
}
