// What trying an original came to.

/** A sentence about what was done, and whether it is so. */
export interface Held {
  readonly sentence: string
  readonly holds: boolean
}

/** Everything that was tried; or why nothing could be. */
export type Tried = readonly Held[] | { readonly skipped: string }
