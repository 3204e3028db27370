// Revocations as signed batches: each a security event token (RFC 8417) for whoever reads the feed.
import {
  formatRevocationBatch,
  largestRevocationBatch,
  revocationDigest,
  signToken,
} from '@countersign/protocol'
import { paths } from '../paths.ts'
import type { OAuthRoom } from '../room.ts'
import type { Ended } from './revocations.store.ts'

/** What was known at one moment, signed; all of its tokens together. */
export interface SignedBatches {
  /** The cursor from which on a reader of these lacks nothing. */
  readonly asOf: number
  readonly tokens: readonly string[]
  /** Of what it tells. */
  readonly count: number
}

/** What batches are made of. */
export interface Known {
  readonly asOf: number
  /** Null for everything that still matters. */
  readonly since: number | null
  /** Seconds after its end that a revocation still matters. */
  readonly keep: number
  readonly ended: readonly Ended[]
}

/** Signatures in one turn of the event loop: others wait no longer than for a password's slot to be given. */
const mostAtOnce = 8

/** Signs what is known, in as many tokens as it takes: one at least, so that the moment itself is told. */
export async function signBatches(room: OAuthRoom, known: Known): Promise<SignedBatches> {
  const { platform, keyring } = room
  const { asOf, since, keep } = known
  const ended = await asTokensSay(room, known.ended)
  const of = Math.max(1, Math.ceil(ended.length / largestRevocationBatch))
  const tokens: string[] = []
  for (let part = 1; part <= of; part++) {
    if (part % mostAtOnce === 0) await new Promise((resume) => setImmediate(resume))
    const from = (part - 1) * largestRevocationBatch
    const revocations = ended
      .slice(from, from + largestRevocationBatch)
      .map(({ kind, id, at }) => ({ kind, digest: revocationDigest(kind, id), at }))
    const claims = {
      iss: platform.issuer.url,
      aud: platform.issuer.at(paths.revocations),
      iat: platform.runtime.now(),
      jti: platform.runtime.secret(16),
      events: formatRevocationBatch({ asOf, since, part, of, keep, revocations }),
    }
    tokens.push(signToken('securityEvent', claims, keyring.signingKey('ES256')))
  }
  return { asOf, tokens, count: known.ended.length }
}

/** Tokens name a person as their client knows them: each of these names has ended. */
async function asTokensSay({ subjects }: OAuthRoom, ended: readonly Ended[]): Promise<readonly Ended[]> {
  const users = ended.filter(({ kind }) => kind === 'user').map(({ id }) => id)
  const names = await subjects.everyNameOf(users)
  return ended.flatMap((one) =>
    one.kind === 'user' ? (names.get(one.id) ?? [one.id]).map((id) => ({ ...one, id })) : [one],
  )
}
