// A way to prove who one is. A new one is one file, and one row in `methods.ts`.
import type { Authentication } from '../../accounts/sessions/session.ts'
import type { User } from '../../accounts/users/users.store.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import type { Incoming, Outgoing } from '../../platform/http/exchange.ts'

/** One way to prove who one is. */
export interface Method {
  /** As settings and journeys call it. */
  readonly name: string
  /** What the person meets first: fields of the sign-in page, or a place to go to. */
  readonly begin: (request: Incoming) => Promise<Begun>
  /** What became of it. @throws Busy when there is too much to do now */
  readonly finish: (request: Incoming) => Promise<Finished>
}

/** How a method begins: with fields of our page, or elsewhere. */
export type Begun = { readonly kind: 'form' } | { readonly kind: 'elsewhere'; readonly outgoing: Outgoing }

/** What came of a proof. */
export type Finished =
  | {
      readonly ok: true
      readonly user: User
      /** What the proof is worth (RFC 8176 `amr`, OpenID Connect `acr`). */
      readonly authentication: Authentication
      /** To commit with the session that follows. */
      readonly writes: WriteSet
      /** `Set-Cookie` values of the answer. */
      readonly cookies: readonly string[]
    }
  /** Something that was to be given is missing; nothing was tried. */
  | { readonly ok: false; readonly because: 'incomplete'; readonly missing: readonly string[] }
  /** `isUnsure`: as of `PasswordProof`. */
  | { readonly ok: false; readonly because: 'refused'; readonly isUnsure?: true }
  /** What was shown, and was not typed, proves nothing; or no longer does. */
  | { readonly ok: false; readonly because: 'unproven' | 'expired' }
  | { readonly ok: false; readonly because: 'limited'; readonly retryAfter: number }
