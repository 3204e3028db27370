// Requests by reference (RFC 9101 §5.2, OpenID Connect Core §6.2): a client names an address of its own where its signed
// request lies. Only addresses that it registered are asked, so that nobody else chooses whom we call.
import { digest, OAuthError } from '@countersign/protocol'
import { EgressFailure } from '../../platform/http/egress.ts'
import { type Flow, reserve } from '../../platform/limits/limits.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Client } from '../clients/client.ts'

/** Where request objects come from. */
export interface RequestObjects {
  /**
   * The object at an address, as its client registered it.
   *
   * @throws OAuthError `request_uri_not_supported` for a client that registered no address, `invalid_request_uri`
   */
  at(client: Client, uri: string): Promise<string>
}

const maxBytes = 64 * 1024
/** Fetched of one client, however many browsers bring its addresses. */
const ofClient: Flow = { burst: 60, seconds: 60 }
/** Seconds that an object is kept: one that is known by its hash, and the most for one that its server says how long of. */
const kept = { byHash: 3600, byWord: 300 }
/** Most objects that are kept. */
const most = 200

interface Kept {
  readonly object: string
  readonly until: number
}

/** The objects of one process. */
export function requestObjects(platform: Platform): RequestObjects {
  const known = new Map<string, Kept>()
  const flights = new Map<string, Promise<Kept>>()
  const look = async (client: Client, uri: string): Promise<string> => {
    const now = platform.runtime.now()
    const before = known.get(uri)
    if (before !== undefined && now < before.until) return before.object
    let flight = flights.get(uri)
    if (flight === undefined) {
      flight = fetchObject(platform, client, uri).finally(() => flights.delete(uri))
      flights.set(uri, flight)
    }
    const fetched = await flight
    known.delete(uri)
    if (known.size >= most) known.delete(known.keys().next().value ?? '')
    if (now < fetched.until) known.set(uri, fetched)
    return fetched.object
  }
  return {
    at: async (client, uri) => {
      if (client.requestUris.length === 0) throw new OAuthError('request_uri_not_supported')
      if (!isRegistered(client, uri)) throw unusable('not registered')
      return look(client, uri)
    },
  }
}

/** A hash that was registered is part of the address; one that was not may be added to any. */
function isRegistered({ requestUris }: Client, uri: string): boolean {
  return requestUris.includes(uri) || requestUris.includes(uri.replace(/#.*$/s, ''))
}

async function fetchObject(platform: Platform, client: Client, uri: string): Promise<Kept> {
  const reserved = await reserve(platform, `request objects/${client.id}`, ofClient)
  if (!reserved.ok) throw unusable('asked for too often')
  const [address = '', hash = ''] = uri.split('#')
  const { text, seconds } = await answerAt(platform, address)
  // OpenID Connect Core §6.2: the fragment "is the base64url-encoded SHA-256 hash of the referenced resource".
  if (hash !== '' && digest(text) !== hash) throw unusable('the hash is of something else')
  const object = text.trim()
  if (object === '') throw unusable('there is nothing there')
  const until = platform.runtime.now() + (hash === '' ? seconds : kept.byHash)
  return { object, until }
}

/** Whatever it calls its answer: that it is the client's is said by the signature. */
async function answerAt(
  { egress }: Platform,
  address: string,
): Promise<{ readonly text: string; readonly seconds: number }> {
  const headers = { accept: 'application/oauth-authz-req+jwt, application/jwt' }
  try {
    const answer = await egress(address, { method: 'GET', headers, maxBytes })
    if (answer.status !== 200) throw unusable(`status ${answer.status}`)
    const [, seconds = '0'] =
      /(?:^|[\s,])max-age=(\d{1,9})/i.exec(answer.headers.get('cache-control') ?? '') ?? []
    return { text: await answer.text(), seconds: Math.min(Number(seconds), kept.byWord) }
  } catch (error) {
    if (error instanceof EgressFailure) throw unusable(error.fault)
    throw error
  }
}

function unusable(detail: string): OAuthError {
  return new OAuthError('invalid_request_uri', {
    description: 'The request URI is not one of the client’s, or there is nothing to be had at it.',
    detail: `request URI: ${detail}`,
  })
}
