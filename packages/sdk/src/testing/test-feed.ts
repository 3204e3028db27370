// The feed of what died (mode `revocable`) of an issuer without a server: everything that was revoked, told again each
// second and with each revocation.
import {
  type AccessClaims,
  formatRevocationBatch,
  type Revocation,
  type RevocationKind,
  revocationDigest,
  type SecurityEventClaims,
  type SigningKey,
} from '@countersign/protocol'

export interface TestFeed {
  /** Tells at once that a token is dead. */
  revoke(token: Pick<AccessClaims, 'jti'> | undefined): void
  /** Tells at once that keys are withdrawn. */
  retire(keys: readonly Pick<SigningKey, 'kid'>[]): void
  /** A stream of events that ends when its reader goes. */
  answer(): Response
}

export interface TestFeedOptions {
  readonly issuer: string
  readonly now: () => number
  /** Signs with the key that signs now. */
  readonly sign: (claims: SecurityEventClaims) => string
}

const beatMs = 1000
const keep = 86_400

/** Of the address that the issuer's metadata names. */
export function testFeed({ issuer, now, sign }: TestFeedOptions): TestFeed {
  const url = `${issuer}/oauth/revocations`
  const revocations: Revocation[] = []
  const readers = new Set<() => void>()
  const encoder = new TextEncoder()

  function batch(): Uint8Array {
    const asOf = now()
    const events = formatRevocationBatch({ asOf, since: null, part: 1, of: 1, keep, revocations })
    const token = sign({ iss: issuer, aud: url, iat: asOf, jti: crypto.randomUUID(), events })
    return encoder.encode(`id: ${asOf}\ndata: ${token}\n\n`)
  }

  function answer(): Response {
    let leave = (): void => {}
    const body = new ReadableStream<Uint8Array>({
      start: (to) => {
        const tell = (): void => to.enqueue(batch())
        const beat: unknown = setInterval(tell, beatMs)
        // A forgotten verifier keeps no test alive, where that can be said.
        ;(beat as { unref?(): void }).unref?.()
        readers.add(tell)
        leave = () => {
          clearInterval(beat as ReturnType<typeof setInterval>)
          readers.delete(tell)
        }
        tell()
      },
      cancel: () => leave(),
    })
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  }

  function revoke(kind: RevocationKind, ids: readonly (string | undefined)[]): void {
    for (const id of ids) {
      if (id !== undefined) revocations.push({ kind, digest: revocationDigest(kind, id), at: now() })
    }
    for (const tell of readers) tell()
  }

  return {
    revoke: (token) => revoke('token', [token?.jti]),
    retire: (keys) =>
      revoke(
        'key',
        keys.map(({ kid }) => kid),
      ),
    answer,
  }
}
