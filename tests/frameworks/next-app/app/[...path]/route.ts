// The suite's routes as one route of Next: each is wrapped as an application wraps its own.
import { auth, getAuth, requireAuth } from '@countersign/sdk/next'
import { stage } from '../../stage.ts'

type Answer = (request: Request) => Promise<Response>

const idOf = ({ url }: Request) => new URL(url).pathname.split('/').at(-1) ?? ''
const prepared = new WeakMap<object, ReadonlyMap<string, Answer>>()

/** The test changes what is on the stage from one mode of the verifier to the next. */
function answers(): ReadonlyMap<string, Answer> {
  const { routesFor } = stage()
  const made = prepared.get(routesFor)
  if (made !== undefined) return made
  const routes = routesFor({ getAuth, requireAuth, idOf })
  const found = new Map<string, Answer>()
  for (const { path, options, answer } of routes) {
    const plain = async (request: Request) => Response.json(answer(request, null))
    const guarded = (wanted: NonNullable<typeof options>) =>
      auth(wanted)((request, principal) => Response.json(answer(request, principal)))
    found.set(path.replace('/:id', '/'), options === null ? plain : guarded(options))
  }
  prepared.set(routesFor, found)
  return found
}

async function answer(request: Request): Promise<Response> {
  const path = new URL(request.url).pathname
  const found = answers().get(path) ?? answers().get(path.slice(0, path.lastIndexOf('/') + 1))
  return found === undefined ? new Response(null, { status: 404 }) : found(request)
}

export { answer as DELETE, answer as GET, answer as HEAD, answer as OPTIONS, answer as POST }
