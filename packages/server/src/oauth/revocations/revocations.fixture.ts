// Reading the feed as an API does: signed batches, verified, and whether they refuse a token.
import {
  parseRevocationBatch,
  type Revocation,
  type RevocationBatch,
  type RevocationKind,
  revocationDigest,
  revocationKinds,
  verifyToken,
} from '@countersign/protocol'
import type { Arrival } from '../../platform/http/edge.ts'
import type { Outgoing } from '../../platform/http/exchange.ts'
import { claimsIn, headerIn, type OAuthHouse, secret } from '../house.ts'
import { paths } from '../paths.ts'

/** What the bank's API asks the feed. */
export function ask(
  house: OAuthHouse,
  query: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<Outgoing> {
  const all: Record<string, string> = {
    host: house.issuer.host,
    authorization: `Basic ${btoa(`bank-api:${secret}`)}`,
    ...headers,
  }
  const arrival: Arrival = {
    method: 'GET',
    target: `${paths.revocations}?${new URLSearchParams(query)}`,
    headers: { get: (name) => all[name] },
    body: null,
    peer: '203.0.113.9',
  }
  return house.edge.answer(arrival)
}

/** The pieces of an answer's body. */
export function piecesOf({ status, body }: Outgoing): AsyncIterator<string> {
  if (typeof body === 'string') throw new Error(`No stream but ${status}: ${body}`)
  return body[Symbol.asyncIterator]()
}

export interface Told {
  readonly batches: readonly RevocationBatch[]
  readonly next: string
  readonly revocations: readonly Revocation[]
}

/** One poll of the feed. */
export async function poll(house: OAuthHouse, query: Record<string, string> = {}): Promise<Told> {
  const { value } = await piecesOf(await ask(house, query)).next()
  const { batches, next } = JSON.parse(String(value)) as { batches: string[]; next: string }
  const read = batches.map((token) => batchIn(house, token))
  return { batches: read, next, revocations: read.flatMap(({ revocations }) => revocations) }
}

/** Events until `isEnough`; then the reader goes. */
export async function events(
  house: OAuthHouse,
  headers: Record<string, string>,
  isEnough: (batches: readonly RevocationBatch[]) => boolean,
): Promise<{ readonly batches: readonly RevocationBatch[]; readonly ids: readonly string[] }> {
  const pieces = piecesOf(await ask(house, {}, { accept: 'text/event-stream', ...headers }))
  const batches: RevocationBatch[] = []
  const ids: string[] = []
  while (!isEnough(batches)) {
    const { done, value } = await pieces.next()
    if (done === true) break
    const { id, data = '' } = /^(?:id: (?<id>\d+)\n)?data: (?<data>.+)\n\n$/.exec(value)?.groups ?? {}
    batches.push(batchIn(house, data))
    if (id !== undefined) ids.push(id)
  }
  await pieces.return?.()
  return { batches, ids }
}

function batchIn(house: OAuthHouse, token: string): RevocationBatch {
  const { claims } = verifyToken('securityEvent', token, {
    keys: (header) => house.room.keyring.find(header),
    issuer: house.issuer.url,
    audience: house.issuer.at(paths.revocations),
    now: house.runtime.now(),
  })
  const batch = parseRevocationBatch(claims)
  if (batch === null) throw new Error('This is no batch of revocations.')
  return batch
}

/** Whether an API that was told this refuses a token. */
export function refuses(revocations: readonly Revocation[], token: unknown): boolean {
  const { sid, fam, sub, client_id: client, via = [], jti, iat } = claimsIn(token)
  const key = headerIn(token).kid
  const ids: Readonly<Record<RevocationKind, readonly unknown[]>> = {
    session: [sid],
    family: [fam],
    user: [sub],
    client: [client, via].flat(),
    token: [jti],
    key: [key],
  }
  return revocations.some(({ kind, digest, at }) => {
    const names = ids[kind].filter((id): id is string => typeof id === 'string')
    if (!names.some((id) => revocationDigest(kind, id) === digest)) return false
    return revocationKinds[kind].isFinal || Number(iat) <= at
  })
}

/** Waits for what a look will see: there are four in a second. @throws when it is not seen within some seconds */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let looks = 0; !(await isSo()); looks++) {
    if (looks > 200) throw new Error('It was not told.')
    await new Promise((resume) => setTimeout(resume, 25))
  }
}
