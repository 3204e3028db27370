// Whatever is signed by keys that are kept elsewhere: verified by those at hand, and once more by newer ones where it names
// a key that is not among them. Access tokens, of which there are many, have a way of their own (local.ts).
import { type FindKey, TokenError } from '@countersign/protocol'
import type { KeySource, Keys, TrustedKeys } from './keys.ts'

/** What verifying came to; `detail` is for the log. */
export type ByKeys<Value> =
  | { readonly ok: true; readonly value: Value }
  /** It is not what it should be. */
  | { readonly ok: false; readonly because: 'refused'; readonly detail: string }
  /** Keys can't be asked for now: without them nobody can tell a new key from an invented one. */
  | { readonly ok: false; readonly because: 'unavailable'; readonly detail: string }

/**
 * Verifies by the keys of a source. INVARIANT: `verify` is called with newer keys only after `unknown_key`, and once.
 *
 * @param now seconds since the epoch
 * @param verify throws TokenError for what it refuses; whatever else it throws passes on
 */
export async function verifyByKeys<Value>(
  source: KeySource,
  now: () => number,
  verify: (find: FindKey) => Promise<Value>,
): Promise<ByKeys<Value>> {
  const ready = source.ready(now())
  const first: Keys = ready === undefined ? await source.load(now()) : { ok: true, keys: ready }
  if (!first.ok) return { ok: false, because: 'unavailable', detail: first.detail }
  const judged = await attempt(first.keys, verify)
  if (!(judged instanceof TokenError)) return judged
  if (judged.code !== 'unknown_key') return refused(judged)
  if ((await source.reload(now())) === 'failed')
    return { ok: false, because: 'unavailable', detail: 'its key is unknown, and newer ones cannot be had' }
  const newer = source.ready(now())
  if (newer === undefined || newer === first.keys) return refused(judged)
  const again = await attempt(newer, verify)
  return again instanceof TokenError ? refused(again) : again
}

async function attempt<Value>(
  keys: TrustedKeys,
  verify: (find: FindKey) => Promise<Value>,
): Promise<{ readonly ok: true; readonly value: Value } | TokenError> {
  try {
    return { ok: true, value: await verify((header) => keys.find(header)) }
  } catch (error) {
    if (error instanceof TokenError) return error
    throw error
  }
}

function refused({ code, detail }: TokenError): ByKeys<never> {
  return { ok: false, because: 'refused', detail: `${code} (${detail})` }
}
