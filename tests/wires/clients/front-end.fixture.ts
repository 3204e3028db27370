// A listening server that speaks the wire of Simple JWT and the API that its front ends call, in one process as Django
// has it, and one front end's state: the pair of tokens that it was given, and what it was answered.
import { type AxiosInstance, create } from 'axios'
import { password } from '../../../packages/server/src/accounts/people.fixture.ts'
import type { User } from '../../../packages/server/src/accounts/users/users.store.ts'
import { listen } from '../../../packages/server/src/app/serve.ts'
import { type House, openHouse } from '../../../packages/server/src/platform/house.ts'
import { edge } from '../../../packages/server/src/platform/http/edge.ts'
import {
  type Incoming,
  json,
  type Outgoing,
  type Route,
} from '../../../packages/server/src/platform/http/exchange.ts'
import { openSimpleJwt } from '../../../packages/server/src/profiles/profile.fixture.ts'
import type { SimpleJwtRoom } from '../../../packages/server/src/profiles/simplejwt/room.ts'
import type { SimpleJwtSettings } from '../../../packages/server/src/profiles/simplejwt/settings.ts'
import { simpleJwtRoutes } from '../../../packages/server/src/profiles/simplejwt/simplejwt.routes.ts'
import { readToken } from '../../../packages/server/src/profiles/simplejwt/tokens.ts'

export interface Django extends AsyncDisposable {
  readonly house: House
  readonly ada: User
  /** Without a slash at the end. */
  readonly url: string
  /** Requests so far, as `POST /api/token/ 200`. */
  readonly log: readonly string[]
}

export interface Pair {
  access: string
  refresh: string
}

/** Ada, whose name is not ASCII, at a server with these settings. */
export async function openDjango(settings: Partial<SimpleJwtSettings> = {}): Promise<Django> {
  const house = await openHouse()
  const people = await openSimpleJwt(settings, { house })
  const ada = await people.add({ username: 'ada', name: 'Ada Lovelace-Bÿrøn 👩‍💻 ~?>' })
  const log: string[] = []
  const routes = [...simpleJwtRoutes(people.room), currentPerson(people.room)].map(
    (route): Route => ({
      ...route,
      run: async (request) => {
        const outgoing = await route.run(request)
        log.push(`${request.method} ${request.path} ${outgoing.status}`)
        return outgoing
      },
    }),
  )
  const hosts: string[] = []
  const { port, drain } = await listen(
    {
      answer: (arrival) =>
        edge(house, routes, { allowsOrigin: async () => false, otherHosts: hosts }).answer(arrival),
    },
    { host: '127.0.0.1', port: 0 },
  )
  hosts.push(`127.0.0.1:${port}`)
  return {
    house,
    ada,
    url: `http://127.0.0.1:${port}`,
    log,
    [Symbol.asyncDispose]: async () => {
      await drain(0)
      await house.close()
    },
  }
}

/** What a view of Django REST framework behind JWTAuthentication answers. */
function currentPerson(room: SimpleJwtRoom): Route {
  return {
    method: 'GET',
    path: '/api/me/',
    caller: 'program',
    run: async ({ headers }: Incoming): Promise<Outgoing> => {
      const [scheme, token = ''] = (headers.get('authorization') ?? '').split(' ')
      const read = scheme === 'Bearer' ? await readToken(room, token, 'access') : null
      if (read?.ok) return json(200, { id: read.claims['user_id'] })
      const detail = 'Given token not valid for any token type'
      return json(401, { detail, code: 'token_not_valid' })
    },
  }
}

/** A front end that has signed Ada in. */
export async function signedIn({
  url,
}: Django): Promise<{ readonly api: AxiosInstance; readonly pair: Pair }> {
  const api = create({ baseURL: url })
  const { data } = await api.post<Pair>('/api/token/', { username: 'ada', password })
  return { api, pair: data }
}
