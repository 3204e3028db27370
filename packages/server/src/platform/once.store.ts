// What is good once: client assertions, proofs of possession, challenges, signed requests, messages of partners, tokens of
// another system. Of all who use one at the same moment, on however many servers, the database lets one through (C11). The
// rows are forgotten by the sweep of OAuth.
import { digest, usualSkew } from '@countersign/protocol'
import type { Database } from './db/database.ts'
import type { Write } from './db/engine.ts'
import { query, write } from './db/statement.ts'

/** Something that is good once. */
export interface Once {
  /** What it is, which is part of its name: a proof is never taken for an assertion, whatever their makers call them. */
  readonly kind:
    | 'assertion'
    | 'attestation'
    | 'auth session'
    | 'challenge'
    | 'foreign token'
    | 'grant'
    | 'partner message'
    | 'proof'
    | 'request'
  /** Whose it is and what they call it; ["a", "bc"] is another than ["ab", "c"]. */
  readonly name: readonly string[]
  /** Seconds since the epoch: from then on its age alone refuses it, by the clock of whoever is asked. */
  readonly until: number
}

const insert = write((db, p: { digest: string; expires: number }) =>
  db
    .insertInto('seen_assertions')
    .values({ digest: p.digest, expires_at: p.expires })
    .onConflict((conflict) => conflict.doNothing()),
)
const seen = query((db, p: { digest: string }) =>
  db.selectFrom('seen_assertions').select('digest').where('digest', '=', p.digest),
)

/**
 * Uses it up. INVARIANT: guarded by its kind: of all who do, one isn't lost. It is remembered until the clock of every server
 * refuses it: one that is ahead would forget what another still takes.
 */
export function takeOnce(database: Database, once: Once): Write {
  const expires = Math.ceil(once.until) + usualSkew
  return { ...insert(database, { digest: digestOf(once), expires }), exactlyOne: once.kind }
}

/** Whether it was used. Of two at the same moment, `takeOnce` decides. */
export async function wasTaken(database: Database, once: Omit<Once, 'until'>): Promise<boolean> {
  return (await seen.first(database, { digest: digestOf(once) })) !== undefined
}

function digestOf({ kind, name }: Omit<Once, 'until'>): string {
  return digest(JSON.stringify([kind, ...name]))
}
