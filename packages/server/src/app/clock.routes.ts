// `POST /dev/clock {"advance": seconds}`: moves the server’s clock ahead; only with `COUNTERSIGN_CLOCK=test`.
import { json, type Route } from '../platform/http/exchange.ts'
import { Refusal } from '../platform/http/failure.ts'
import type { Runtime, TestRuntime } from '../platform/runtime.ts'

/** The route that moves the clock; none where the clock can’t be moved. */
export function clockRoutes(runtime: Runtime): Route[] {
  if (!isMovable(runtime)) return []
  return [
    {
      method: 'POST',
      path: '/dev/clock',
      caller: 'development',
      takes: 'json',
      run: (request) => {
        const seconds = (request.json as { advance?: unknown } | undefined)?.advance
        if (typeof seconds !== 'number' || !Number.isSafeInteger(seconds) || seconds < 0) {
          throw new Refusal(400, {}, 'The body is {"advance": seconds}, a whole number.')
        }
        runtime.advance(seconds)
        return json(200, { now: runtime.now() })
      },
    },
  ]
}

function isMovable(runtime: Runtime): runtime is TestRuntime {
  return 'advance' in runtime
}
