// Health: alive is that we answer; ready is that the database does and that we are not on our way out.
import { type Route, text } from '../platform/http/exchange.ts'
import type { Platform } from '../platform/platform.ts'

/** GET /livez: the process answers. GET /readyz: it may be sent requests, which means that its database answers too. */
export function healthRoutes(
  { database }: Pick<Platform, 'database'>,
  state: { readonly draining: boolean },
): Route[] {
  return [
    { method: 'GET', path: '/livez', caller: 'anyone', run: () => text(200, 'ok\n') },
    {
      method: 'GET',
      path: '/readyz',
      caller: 'anyone',
      run: async () => {
        if (state.draining) return text(503, 'draining\n')
        try {
          await database.read('select 1', [])
          return text(200, 'ok\n')
        } catch {
          return text(503, 'database unavailable\n')
        }
      },
    },
  ]
}
