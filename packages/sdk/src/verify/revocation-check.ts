// Mode `revocable`: as mode local, and refused within a second of its end by the issuer's feed of what died. Nobody
// asks on a request; but what is known may be too old, and then the issuer is asked about each token, or nobody passes.
import { databaseCheck } from './database.ts'
import { createKeySource, type KeySource, type KeysFrom, type TrustedKeys } from './keys.ts'
import { localCheck } from './local.ts'
import { createRevocationFeed, type FeedSettings, type RevocationFeed } from './revocation-feed.ts'
import { createRevocationList, type Marks, marksOf, type RevocationList } from './revocation-list.ts'
import type { VerifierSettings } from './settings.ts'
import {
  type CheckToken,
  invalidToken,
  unavailable,
  type Verification,
  type Verified,
} from './verification.ts'

export interface RevocableSource extends FeedSettings {
  readonly keys: KeysFrom | undefined
  readonly whenStale: 'introspect' | 'refuse'
}

export interface RevocableCheck {
  readonly check: CheckToken
  readonly feed: Pick<RevocationFeed, 'staleness' | 'close'>
}

export function revocableCheck(settings: VerifierSettings, source: RevocableSource): RevocableCheck {
  const list = createRevocationList()
  const keys = withoutDead(createKeySource(settings, source.keys), list)
  const feed = createRevocationFeed(settings, source, { keys, list })
  const local = localCheck(settings, keys)
  const introspect = databaseCheck(settings, source)
  const marks = new WeakMap<Verified, Marks>()

  /** A token seen before is the same value, and its marks are made. */
  function judge(verification: Verification): Verification {
    if (!verification.ok) return verification
    let its = marks.get(verification)
    if (its === undefined) {
      its = marksOf(verification.principal)
      marks.set(verification, its)
    }
    return list.refuses(its) ? invalidToken('the token was revoked') : verification
  }

  function whenStale(token: string): Verification | Promise<Verification> {
    if (source.whenStale === 'introspect') return introspect(token)
    return unavailable('what was revoked lately is not known')
  }

  /** The wait may have been long: what is known by then counts. */
  async function later(token: string, waiting: Verification | Promise<Verification>): Promise<Verification> {
    const verification = await waiting
    return feed.isFresh() ? judge(verification) : whenStale(token)
  }

  async function atFirst(token: string): Promise<Verification> {
    await feed.first()
    return feed.isFresh() ? later(token, local(token)) : whenStale(token)
  }

  return {
    feed: { staleness: feed.staleness, close: feed.close },
    check: (token) => {
      // An opaque token says nothing that could be looked up here.
      if (!token.includes('.')) return introspect(token)
      if (!feed.isFresh()) {
        feed.start()
        return atFirst(token)
      }
      const verification = local(token)
      return verification instanceof Promise ? later(token, verification) : judge(verification)
    },
  }
}

/** The keys without those that were withdrawn: other keys for whoever asks, so that no token of theirs stays known. */
function withoutDead(source: KeySource, list: RevocationList): KeySource {
  let of: TrustedKeys | undefined
  let dead = 0
  let rest: TrustedKeys | undefined

  function living(keys: TrustedKeys): TrustedKeys {
    if (list.deadKeys() === 0) return keys
    if (rest !== undefined && of === keys && dead === list.deadKeys()) return rest
    of = keys
    dead = list.deadKeys()
    rest = {
      find: (header) => {
        const key = keys.find(header)
        const kid = key?.kid ?? header.kid
        return kid !== undefined && list.isDeadKey(kid) ? undefined : key
      },
    }
    return rest
  }

  return {
    ready: (now) => {
      const keys = source.ready(now)
      return keys === undefined ? undefined : living(keys)
    },
    load: async (now) => {
      const loaded = await source.load(now)
      return loaded.ok ? { ok: true, keys: living(loaded.keys) } : loaded
    },
    reload: source.reload,
  }
}
