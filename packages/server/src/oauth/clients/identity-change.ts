// When a client became another one: what people agreed to before is asked about anew.
import type { ExtraRow } from './extras.ts'

/** `identityChangedAt`: never, unless it happened. Nobody describes it. */
export const identityChangedAt: ExtraRow<number> = { usual: 0 }
