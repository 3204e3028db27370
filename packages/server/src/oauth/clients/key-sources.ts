// Public keys of clients that keep them at an address of theirs (`jwks_uri`: RFC 7591 §2, OpenID Connect Core §10.1.1):
// fetched when they are needed, kept, fetched again ahead of time and when a client signs with a key that is not known, and
// never so often that whoever invents names of keys makes us flood the client.
import { decodeStrictJson, isJsonObject, JsonError, KeyError, peekUnverified } from '@countersign/protocol'
import { EgressFailure } from '../../platform/http/egress.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Client } from './client.ts'
import { type JwkSet, registeredSet } from './jwk-set.ts'
import { keySetOf } from './signed.ts'

/** How often an address is asked, in seconds. */
export const keyPace = {
  /** Keys are fetched again in the background from here on, */
  refreshAfter: 480,
  /** and waited for from here on, unless the client can't be reached. */
  freshFor: 600,
  /** For how long keys outlive their address. Not for ever: who blocks it could keep a withdrawn key alive. */
  staleFor: 24 * 3600,
  /** Between two fetches for the sake of keys that are not known, and after one that failed. */
  coolDown: 30,
} as const

/** Somebody who signs: a client, or an issuer that is trusted. */
export type KeyHolder = Pick<Client, 'jwks' | 'jwksUri'>

/** Where clients' keys come from. */
export interface KeySources {
  /**
   * The client with its keys in `jwks`, wherever it keeps them; null there when they can't be had.
   *
   * @param token a token that it signed: keys are fetched again when it names one that is not among them
   */
  withKeys<C extends KeyHolder>(client: C, token?: string): Promise<C>
}

interface Kept {
  /** Null while there are none. */
  readonly keys: JwkSet | null
  readonly fetchedAt: number
  /** When it was last asked in vain, or for a key that was not known. */
  readonly cooledAt: number
}

/** Most addresses that are remembered. */
const most = 1000

/** The sources of one process. */
export function keySources({
  egress,
  runtime,
  log,
}: Pick<Platform, 'egress' | 'runtime' | 'log'>): KeySources {
  const kept = new Map<string, Kept>()
  const flights = new Map<string, Promise<void>>()

  /** One request at a time to each address; whoever comes meanwhile waits for the same. */
  function ask(uri: string, before: Kept | undefined, isForUnknown: boolean): Promise<void> {
    const flying = flights.get(uri)
    if (flying !== undefined) return flying
    const flight = askOnce(uri, before, isForUnknown).finally(() => flights.delete(uri))
    flights.set(uri, flight)
    return flight
  }

  async function askOnce(uri: string, before: Kept | undefined, isForUnknown: boolean): Promise<void> {
    const now = runtime.now()
    const read = await readKeys(egress, uri)
    kept.delete(uri)
    if (kept.size >= most) kept.delete(kept.keys().next().value ?? '')
    if (read.ok) {
      const cooledAt = isForUnknown ? now : (before?.cooledAt ?? Number.NEGATIVE_INFINITY)
      kept.set(uri, { keys: read.keys, fetchedAt: now, cooledAt })
      return
    }
    log.info({ reason: read.reason }, 'The keys of a client could not be fetched.')
    kept.set(uri, { keys: before?.keys ?? null, fetchedAt: before?.fetchedAt ?? now, cooledAt: now })
  }

  async function keysAt(uri: string, token: string | undefined): Promise<JwkSet | null> {
    const now = runtime.now()
    const before = kept.get(uri)
    const age = before === undefined ? Number.POSITIVE_INFINITY : now - before.fetchedAt
    // A clock that was set back counts as “long ago”.
    const hasCooled = before === undefined || !within(now - before.cooledAt, keyPace.coolDown)
    const known = before !== undefined && within(age, keyPace.staleFor) ? before.keys : null
    const isUnknown = known !== null && token !== undefined && !holdsKeyOf(known, token)
    const mustWait = known === null || isUnknown || !within(age, keyPace.freshFor)
    if (mustWait && (hasCooled || flights.has(uri))) {
      await ask(uri, before, isUnknown)
      const after = kept.get(uri)
      return after !== undefined && within(now - after.fetchedAt, keyPace.staleFor) ? after.keys : null
    }
    if (!mustWait && !within(age, keyPace.refreshAfter) && hasCooled) void ask(uri, before, false)
    return known
  }

  return {
    withKeys: async (client, token) =>
      client.jwksUri === null ? client : { ...client, jwks: await keysAt(client.jwksUri, token) },
  }
}

function within(age: number, seconds: number): boolean {
  return age >= 0 && age < seconds
}

/** Whether a set holds the key that a token names. What is no token names none. */
function holdsKeyOf(jwks: JwkSet, token: string): boolean {
  const header = peekUnverified(token)?.header
  return header === undefined || keySetOf(jwks).find(header) !== undefined
}

type Read = { readonly ok: true; readonly keys: JwkSet } | { readonly ok: false; readonly reason: string }

async function readKeys(egress: Platform['egress'], uri: string): Promise<Read> {
  try {
    const answer = await egress(uri, {
      method: 'GET',
      headers: { accept: 'application/jwk-set+json, application/json' },
    })
    if (answer.status !== 200) return { ok: false, reason: `it answered ${answer.status}` }
    const set = decodeStrictJson(await answer.text())
    if (!isJsonObject(set)) return { ok: false, reason: 'it answered no JWK Set' }
    const keys = registeredSet(set)
    keySetOf(keys)
    return { ok: true, keys }
  } catch (error) {
    if (error instanceof EgressFailure) return { ok: false, reason: error.fault }
    if (error instanceof JsonError || error instanceof KeyError)
      return { ok: false, reason: `it answered no JWK Set that can be used: ${error.code}` }
    throw error
  }
}
