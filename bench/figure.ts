// One measured figure, with the bound that is set for it where there is one.

export interface Figure {
  readonly id: string
  readonly value: number
  readonly unit: string
  /** What it is measured against, in words. */
  readonly against?: string
  readonly bound?: number
  readonly holds?: boolean
  /** Stands in a table that the benchmark prints itself. */
  readonly tabled?: true
}

/** A plain figure. */
export function figure(id: string, value: number, unit: string, against?: string): Figure {
  return { id, value, unit, ...(against === undefined ? {} : { against }) }
}

/** A plain figure that is printed in a table. */
export function tabled(id: string, value: number, unit: string): Figure {
  return { id, value, unit, tabled: true }
}

/** A figure that must not be larger than its bound. */
export function atMost(bound: number, id: string, value: number, unit: string, against: string): Figure {
  return { id, value, unit, against, bound, holds: value <= bound }
}

/** A figure that must not be smaller than its bound. */
export function atLeast(bound: number, id: string, value: number, unit: string, against: string): Figure {
  return { id, value, unit, against, bound, holds: value >= bound }
}
