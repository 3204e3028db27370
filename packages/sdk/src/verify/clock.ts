// The clock that everything here reads unless it is told another.

/** Whole seconds since the epoch, by the system's clock. */
export function systemSeconds(): number {
  return Math.floor(Date.now() / 1000)
}
