// Assertions that were used, by the digest that whoever takes them makes: each is good once (RFC 7523 §3, C11).
import type { Database } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import { takeOnce, wasTaken } from '../../platform/once.store.ts'

/** Remembers an assertion until it would be refused for its age anyway. INVARIANT: guarded by `assertion`. */
export function seeAssertion(database: Database, digest: string, expires: number): Write {
  return takeOnce(database, { kind: 'assertion', name: [digest], until: expires })
}

/** Whether an assertion of this digest was used. Of two at the same moment, seeAssertion decides. */
export function assertionSeen(database: Database, digest: string): Promise<boolean> {
  return wasTaken(database, { kind: 'assertion', name: [digest] })
}
