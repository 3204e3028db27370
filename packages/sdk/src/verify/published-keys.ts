// The keys that an issuer publishes (RFC 7517 §5), at the address of its metadata or at a given one.
import { importJwkSetAsync } from '@countersign/protocol'
import { fetchJson } from './bounded-fetch.ts'
import { createDiscovery } from './discovery.ts'
import type { Pace, ReadKeys } from './kept-keys.ts'
import type { VerifierSettings } from './settings.ts'

const shortest = 300
const longest = 3600

/** Three documents may be asked for, each within `timeoutMs`. */
export function paceOf({ timeoutMs }: VerifierSettings): Pace {
  return { coolDown: 30, retryWithoutKeys: 2, patienceMs: 3 * timeoutMs + 1000, longestStale: 24 * 3600 }
}

/** @param address else the `jwks_uri` of the issuer's metadata */
export function publishedKeys(settings: VerifierSettings, address?: string): ReadKeys {
  const discovery = address === undefined ? createDiscovery(settings) : undefined
  const headers = { accept: 'application/jwk-set+json, application/json' }

  const read: ReadKeys = async (last) => {
    const found = discovery === undefined ? given(address) : await discovery.find('jwks_uri')
    if (!found.ok) return found
    const answer = await fetchJson(found.url, { headers }, settings)
    if (!answer.ok) return { ok: false, detail: `the issuer's key set: ${answer.detail}` }
    const text = JSON.stringify(answer.value)
    const lifetime = lifetimeOf(answer.headers)
    if (text === last?.text) return { ...last, lifetime }
    try {
      const keys = await importJwkSetAsync(answer.value)
      if (keys.keys.length > 0) return { ok: true, keys, text, lifetime }
    } catch {
      return { ok: false, detail: "the issuer's key set is not one of public signature keys" }
    }
    return { ok: false, detail: "the issuer's key set has no usable key" }
  }

  return async (last) => {
    const reading = await read(last)
    // An address that stopped working may have moved.
    if (!reading.ok) discovery?.forget()
    return reading
  }
}

function given(url = ''): { readonly ok: true; readonly url: string } {
  return { ok: true, url }
}

/** RFC 9111 §4.2.1 and §5.1: what a cache on the way has used up of the time is gone. Seconds. */
function lifetimeOf(headers: Headers): number {
  const maxAge = /(?:^|[,\s])max-age=(\d{1,10})/i.exec(headers.get('cache-control') ?? '')?.[1]
  const age = /^\d{1,10}$/.exec(headers.get('age') ?? '')?.[0]
  return Math.min(longest, Math.max(shortest, Number(maxAge ?? 0) - Number(age ?? 0)))
}
