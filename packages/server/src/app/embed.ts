// The server inside another program: web-standard requests in, responses out.
import { openServer } from './run.ts'
import { answerFetch } from './serve.ts'
import { loadSettings } from './settings.ts'
import type { Config } from './settings-table.ts'
import { unsafeSettings } from './unsafe.ts'

/** A server within another program. It looks after itself: keys are rotated, and what is over is forgotten. */
export interface Embedded {
  /**
   * Answers a request; never rejects for what the request holds.
   *
   * @param peer the caller's network address, as the embedding program knows it
   */
  fetch(request: Request, peer?: string): Promise<Response>
  /** Closes the database. Call it when no request is under way any more. */
  close(): Promise<void>
}

/**
 * Makes a production server without a listener; settings as for `countersign start`, secrets from the environment.
 * Migrations that are pending are applied.
 *
 * @throws Error naming every problem of the configuration at once, or why the database can't be used
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
  const shown = settings.mtlsPort ?? settings.clientCertHeader
  if (shown !== undefined)
    problems.push({
      path: 'COUNTERSIGN_MTLS_PORT, COUNTERSIGN_CLIENT_CERT_HEADER',
      code: 'no_listener',
      message:
        'Clients’ certificates are seen by a server with a listener of its own, not by an embedded one.',
    })
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('\n'))
  const { edge, close } = await openServer(settings, 'apply')
  return { fetch: answerFetch(edge), close }
}
