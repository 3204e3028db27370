// The issuer's keys (RFC 7517): fetched once, kept fresh in the background, asked for again when a token names an
// unknown key, and never so often that a flood of invented key names becomes a flood at the issuer.
import { importJwkSet, type KeySet } from '@countersign/protocol'
import { fetchJson } from './bounded-fetch.ts'
import { createDiscovery } from './discovery.ts'
import type { JsonWebKeySet, VerifierSettings } from './settings.ts'

export type Keys =
  | { readonly ok: true; readonly keys: KeySet }
  | { readonly ok: false; readonly detail: string }

export interface KeySource {
  /** The keys when there is nothing to wait for; starts a background refresh when the time has come. */
  ready(now: number): KeySet | undefined
  /** The keys, waiting for the issuer when needed. One request at a time, whoever waits. */
  load(now: number): Promise<Keys>
  /**
   * Asks again for a token whose key is unknown. `'cooling'`: asked less than 30 s ago, and that answer stands.
   * INVARIANT: at most one request in 30 s, however many tokens ask.
   */
  reload(now: number): Promise<'reloaded' | 'cooling' | 'failed'>
}

const shortest = 300
const longest = 3600
const coolDown = 30
const retryWithoutKeys = 2
// Keys outlive an unreachable issuer, but not for ever: else blocking it would keep a withdrawn key alive.
const longestStale = 24 * 3600

export function createKeySource(
  settings: VerifierSettings,
  jwks: JsonWebKeySet | string | undefined,
): KeySource {
  return typeof jwks === 'object' ? fixedKeys(jwks) : fetchedKeys(settings, jwks)
}

/** @throws KeyError when the set is not one of public signature keys */
function fixedKeys(jwks: JsonWebKeySet): KeySource {
  const keys = importJwkSet(jwks)
  return {
    ready: () => keys,
    load: async () => ({ ok: true, keys }),
    reload: async () => 'cooling',
  }
}

interface Loaded {
  readonly keys: KeySet
  readonly text: string
  readonly at: number
  readonly refreshAt: number
  readonly freshUntil: number
}

function fetchedKeys(settings: VerifierSettings, address: string | undefined): KeySource {
  const discovery = address === undefined ? createDiscovery(settings) : undefined
  let loaded: Loaded | undefined
  let attempt = { at: Number.NEGATIVE_INFINITY, failure: undefined as string | undefined }
  let flight: Promise<void> | undefined

  function ask(now: number): Promise<void> {
    flight ??= askOnce(now).finally(() => {
      flight = undefined
    })
    return flight
  }

  async function askOnce(now: number): Promise<void> {
    attempt = { at: now, failure: attempt.failure }
    const answer = await fetchKeys(settings, discovery, address)
    attempt = { at: now, failure: answer.ok ? undefined : answer.detail }
    if (answer.ok) loaded = keep(loaded, answer, now)
    else discovery?.forget()
  }

  // A clock set back counts as "long ago": nothing may wait for it to catch up.
  const cooled = (now: number, wait: number) => now - attempt.at >= wait || now < attempt.at

  function ready(now: number): KeySet | undefined {
    if (loaded === undefined) return undefined
    if (now < loaded.refreshAt && now >= loaded.at) return loaded.keys
    if (now < loaded.at || now >= loaded.at + longestStale) return undefined
    if (now >= loaded.freshUntil && attempt.failure === undefined) return undefined
    if (flight === undefined && cooled(now, coolDown)) void ask(now)
    return loaded.keys
  }

  async function load(now: number): Promise<Keys> {
    if (flight !== undefined || cooled(now, loaded === undefined ? retryWithoutKeys : coolDown))
      await ask(now)
    const usable = loaded !== undefined && now < loaded.at + longestStale
    if (loaded !== undefined && usable) return { ok: true, keys: loaded.keys }
    return { ok: false, detail: attempt.failure ?? 'the keys are too old' }
  }

  async function reload(now: number): Promise<'reloaded' | 'cooling' | 'failed'> {
    if (flight === undefined && !cooled(now, coolDown))
      return attempt.failure === undefined ? 'cooling' : 'failed'
    await ask(now)
    return attempt.failure === undefined ? 'reloaded' : 'failed'
  }

  return { ready, load, reload }
}

type FetchedKeys =
  | { readonly ok: true; readonly keys: KeySet; readonly text: string; readonly maxAge: number }
  | { readonly ok: false; readonly detail: string }

async function fetchKeys(
  settings: VerifierSettings,
  discovery: ReturnType<typeof createDiscovery> | undefined,
  address: string | undefined,
): Promise<FetchedKeys> {
  const found =
    address === undefined ? await discovery?.find('jwks_uri') : { ok: true as const, url: address }
  if (found === undefined || !found.ok)
    return { ok: false, detail: found?.detail ?? 'no address of the key set' }
  const headers = { accept: 'application/jwk-set+json, application/json' }
  const answer = await fetchJson(found.url, { headers }, settings)
  if (!answer.ok) return { ok: false, detail: `the issuer's key set: ${answer.detail}` }
  try {
    const keys = importJwkSet(answer.value)
    if (keys.keys.length === 0) return { ok: false, detail: "the issuer's key set has no usable key" }
    return { ok: true, keys, text: JSON.stringify(answer.value), maxAge: maxAgeOf(answer.headers) }
  } catch {
    return { ok: false, detail: "the issuer's key set is not one of public signature keys" }
  }
}

/** RFC 9111 §5.2.2.1; seconds */
function maxAgeOf(headers: Headers): number {
  const directive = /(?:^|[,\s])max-age=(\d{1,10})/i.exec(headers.get('cache-control') ?? '')
  return Math.min(longest, Math.max(shortest, Number(directive?.[1] ?? 0)))
}

// The same text keeps the same KeySet, so that verified tokens stay known through an uneventful refresh.
function keep(before: Loaded | undefined, answer: FetchedKeys & { ok: true }, now: number): Loaded {
  const keys = before !== undefined && before.text === answer.text ? before.keys : answer.keys
  return {
    keys,
    text: answer.text,
    at: now,
    refreshAt: now + Math.floor(answer.maxAge * 0.8),
    freshUntil: now + answer.maxAge,
  }
}
