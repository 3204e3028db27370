// Clients' logos on our pages, without their server learning who looks at them: fetched from here by the one way out, known
// as pictures by their first bytes, and put into the page itself.
import { EgressFailure } from '../../platform/http/egress.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Client } from '../clients/client.ts'

/** A picture as an address of itself. */
export type Logo = `data:image/${string};base64,${string}`

/** The logos of one process. */
export interface Logos {
  /** The logo of a client; null when it has none, or none that can be shown. Waits for it a second at most. */
  of(client: Pick<Client, 'logoUri'>): Promise<Logo | null>
}

/** In bytes: it stands in every page about the client. */
const heaviest = 32 * 1024
const patienceMs = 1000
/** Seconds that one is kept, and that one that could not be had is not asked for again. */
const keeps = { logo: 3600, nothing: 300 }
/** Most that are kept. */
const most = 500

interface Kept {
  readonly logo: Promise<Logo | null>
  readonly until: number
}

/** Fetches logos once for all who look. */
export function clientLogos({ egress, runtime, log }: Pick<Platform, 'egress' | 'runtime' | 'log'>): Logos {
  const kept = new Map<string, Kept>()

  async function fetched(uri: string): Promise<Logo | null> {
    try {
      const headers = { accept: 'image/png, image/jpeg, image/webp, image/gif' }
      const answer = await egress(uri, { method: 'GET', headers, signal: AbortSignal.timeout(patienceMs) })
      return answer.status === 200 ? logoIn(Buffer.from(await answer.arrayBuffer())) : null
    } catch (error) {
      if (!(error instanceof EgressFailure)) throw error
      log.info({ reason: error.fault }, 'The logo of a client could not be fetched.')
      return null
    }
  }

  async function of({ logoUri: uri }: Pick<Client, 'logoUri'>): Promise<Logo | null> {
    if (uri === null) return null
    const now = runtime.now()
    const known = kept.get(uri)
    if (known !== undefined && known.until > now && known.until <= now + keeps.logo) return known.logo
    if (kept.size >= most) kept.delete(kept.keys().next().value ?? '')
    const logo = fetched(uri)
    kept.set(uri, { logo, until: now + keeps.nothing })
    if ((await logo) !== null) kept.set(uri, { logo, until: now + keeps.logo })
    return logo
  }

  return { of }
}

/** What begins like a picture that can hold no script; nothing else is one, whatever it calls itself. */
export function logoIn(bytes: Buffer): Logo | null {
  if (bytes.length > heaviest) return null
  const kind = beginnings.find(([, begins]) => begins(bytes))?.[0]
  return kind === undefined ? null : `data:image/${kind};base64,${bytes.toString('base64')}`
}

const startsWith =
  (hex: string) =>
  (bytes: Buffer): boolean =>
    bytes.toString('hex', 0, hex.length / 2) === hex

const beginnings: readonly (readonly [kind: string, begins: (bytes: Buffer) => boolean])[] = [
  ['png', startsWith('89504e470d0a1a0a')],
  ['jpeg', startsWith('ffd8ff')],
  ['gif', (bytes) => /^GIF8[79]a$/.test(bytes.toString('latin1', 0, 6))],
  ['webp', (bytes) => startsWith('52494646')(bytes) && bytes.toString('latin1', 8, 12) === 'WEBP'],
]
