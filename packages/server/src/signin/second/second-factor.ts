// A way to prove oneself a second time, after a password or an upstream's word. A new one is one file, and one row in
// `second-factors.ts`.
import type { PasswordDoor } from '../../accounts/credentials/prove-password.ts'
import type { Authentication } from '../../accounts/sessions/session.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import type { Problem } from '../../platform/html/problems.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Shown } from './second.page.ts'

/** One second factor. */
export interface SecondFactor {
  /** As the field `factor` of the page calls it. */
  readonly name: 'totp' | 'recovery' | 'passkey'
  /**
   * Whether nobody who has it comes in without a second factor. One that isn't is another way for who must prove
   * themself again anyway, or is asked to by a client.
   */
  readonly demanded: boolean
  /** What leads to it from another one's page, e.g. “Use a recovery code”. */
  readonly switchTo: string
  /** What a person has of it, as a text that changes when it is replaced; null where they have none. */
  readonly standing: (platform: Platform, userId: string) => Promise<string | null>
  /** What its page shows; `writes` are committed before it is sent, such as a challenge. */
  readonly show: (
    platform: Platform,
    request: Incoming,
    userId: string,
    problems: readonly Problem[],
  ) => Promise<Shown & { readonly writes?: WriteSet }>
  /** What became of the form. @param form fields of `Shown.content`, as they were sent */
  readonly check: (
    platform: Platform,
    door: PasswordDoor,
    request: Incoming,
    userId: string,
  ) => Promise<Checked>
}

/** What came of a check. */
export type Checked =
  | {
      readonly ok: true
      /** What was shown; `acr` is at least “mfa”. */
      readonly authentication: Authentication
      /** To commit with the session: they lose `factor` where the same was used before. */
      readonly writes: WriteSet
    }
  /** Nothing was tried. */
  | { readonly ok: false; readonly because: 'missing'; readonly problem: Problem }
  | { readonly ok: false; readonly because: 'refused'; readonly problem: Problem }
  | { readonly ok: false; readonly because: 'limited'; readonly retryAfter: number }
