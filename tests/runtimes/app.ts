// An API as an application writes it for a platform of web Request and Response, guarded in each of the three modes.
import { auth } from '../../packages/sdk/src/frameworks/fetch.ts'

/** What the API is told at its start; comes as JSON. */
export interface AppSettings {
  readonly issuer: string
  readonly audience: string
  readonly clientId: string
  readonly clientSecret: string
  /** The private JWK that tokens may be encrypted to. */
  readonly decryptionKey: object
  /** Seconds that mode `revocable` goes by what it knows. */
  readonly maxStaleness: number
}

export type App = (request: Request) => Promise<Response>

export function app(settings: AppSettings): App {
  const { issuer, audience, clientId, clientSecret, decryptionKey, maxStaleness } = settings
  const place = { issuer, audience, decryption: { keys: decryptionKey } }
  const client = { clientId, clientSecret }
  const routes = new Map([
    ['/local', guarded({ ...place, scope: 'accounts:read' })],
    ['/database', guarded({ ...place, ...client, mode: 'database' })],
    ['/revocable', guarded({ ...place, ...client, mode: 'revocable', maxStaleness })],
  ])
  return async (request) => {
    const answer = routes.get(new URL(request.url).pathname)
    return answer === undefined ? new Response(null, { status: 404 }) : answer(request)
  }
}

function guarded(options: Parameters<typeof auth>[0]): App {
  return auth(options)((_request, principal) => Response.json({ subject: principal?.subject }))
}
