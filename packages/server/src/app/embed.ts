// The server inside another program: web-standard requests in, responses out.
import { compose } from './compose.ts'
import { openPlatform } from './foundation.ts'
import { answerFetch } from './serve.ts'
import { loadSettings } from './settings.ts'
import type { Config } from './settings-table.ts'
import { unsafeSettings } from './unsafe.ts'

export interface Embedded {
  /** @param peer the caller's network address, as the embedding program knows it */
  fetch(request: Request, peer?: string): Promise<Response>
  close(): Promise<void>
}

/**
 * Makes a production server without a listener; settings as for `countersign start`, secrets from the environment.
 *
 * @throws Error naming every problem of the configuration at once
 * @example
 * const countersign = await createCountersign({ url: 'https://id.example.com' })
 * export default { fetch: (request: Request) => countersign.fetch(request) }
 */
export async function createCountersign(config: Config): Promise<Embedded> {
  const { settings, findings } = loadSettings({ env: process.env, config: { ...config }, mode: 'production' })
  const problems = [
    ...findings,
    ...unsafeSettings(settings, {
      ...process.env,
      COUNTERSIGN_URL: config.url ?? process.env['COUNTERSIGN_URL'],
    }),
  ]
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('\n'))
  const platform = await openPlatform(settings, 'apply')
  const { edge } = await compose(platform, settings, { draining: false })
  return { fetch: answerFetch(edge), close: () => platform.close() }
}
