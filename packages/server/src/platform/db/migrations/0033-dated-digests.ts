// Refresh tokens are found by digests that begin with when they were made, beside those that are there and stay as they
// are. No table changes; but a version before this would not know a token that was given since, and must not try.
import type { Compilable } from 'kysely'

export function up(): Compilable[] {
  return []
}
