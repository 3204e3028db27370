// Serves the API as a Cloudflare Worker does, and walks through the protocol's package when it is sent what Node made.
import * as protocol from '../../packages/protocol/src/index.ts'
import { walk } from '../../packages/protocol/src/jose/web-walk.fixture.ts'
import * as jwe from '../../packages/protocol/src/jwe.ts'
import { type App, app } from './app.ts'

interface Environment {
  /** Settings of the API, as JSON. */
  readonly SETTINGS: string
}

let answer: App | undefined

export default {
  async fetch(request: Request, { SETTINGS }: Environment): Promise<Response> {
    if (new URL(request.url).pathname === '/walk')
      return Response.json(await walk(await request.json(), protocol, jwe))
    answer ??= app(JSON.parse(SETTINGS))
    return answer(request)
  },
}
