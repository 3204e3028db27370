// Types of authorization details (RFC 9396 §2), as an API declares them: which members a detail of the type has, what
// makes one narrower than another, and how a person reads it. A small language of ours: five kinds of value, no
// references, so that an operator can read a type at a glance and every comparison ends.

/** What clients may ask for in detail at an API. */
export interface DetailsType {
  /** The `type` member, such as `payment`; no two APIs have the same. */
  readonly type: string
  /** What it lets a client do, as a person reads it: `Pay {amount} to {creditor.name}`. */
  readonly words: string
  readonly fields: DetailFields
  /** Whether who agreed once is not asked again for the same or less. A payment is asked about each time. */
  readonly remembered: boolean
  /** Whether a client may have it for itself, with nobody to ask. */
  readonly withoutPerson: boolean
}

/** Members by name. A detail has no others. */
export type DetailFields = Readonly<Record<string, DetailField>>

/** One member, and what it may be. */
export type DetailField = TextField | NumberField | AmountField | FlagField | ListField | ObjectField

interface AnyField {
  /** What people read before the value; the member's name in words when left out. */
  readonly label?: string
  readonly optional?: boolean
  /**
   * What it says when it is left out: anything goes (`widest`), or nothing does (`narrowest`). Without it a detail that
   * has the member and one that has not are not comparable.
   */
  readonly absent?: 'widest' | 'narrowest'
}

/** One line of text. */
export interface TextField extends AnyField {
  readonly kind: 'text'
  readonly oneOf?: readonly string[]
  /** A regular expression of JavaScript that the whole text matches. */
  readonly pattern?: string
  /** Characters; 200 when left out. */
  readonly longest?: number
}

/** A JSON number. */
export interface NumberField extends AnyField {
  readonly kind: 'number'
  readonly whole?: boolean
  readonly least?: number
  readonly most?: number
  /** Whether less is narrower. */
  readonly narrows?: boolean
}

/** A decimal as text, such as `"12.50"`: exact, however long. Never negative. */
export interface AmountField extends AnyField {
  readonly kind: 'amount'
  /** Whether less is narrower. */
  readonly narrows?: boolean
}

/** True or false. */
export interface FlagField extends AnyField {
  readonly kind: 'flag'
}

/** Several of a kind. */
export interface ListField extends AnyField {
  readonly kind: 'list'
  readonly of: DetailField
  /** Elements; 1 when left out. */
  readonly least?: number
  /** Elements; 20 when left out. */
  readonly most?: number
  /** Whether fewer is narrower; without it a list is compared as a whole. */
  readonly narrows?: boolean
  /** Whether the person who is asked picks among the elements. Goes with `narrows`. */
  readonly choose?: boolean
}

/** Members within a member. */
export interface ObjectField extends AnyField {
  readonly kind: 'object'
  readonly fields: DetailFields
}

/** The kinds of value. */
export type DetailKind = DetailField['kind']
/** The field of a kind. */
export type FieldOf<K extends DetailKind> = Extract<DetailField, { readonly kind: K }>

/** Finds a type by name. */
export type FindDetailsType = (type: string) => DetailsType | undefined

/** Limits that hold where a type says nothing. */
export const usual = { longest: 200, leastElements: 1, mostElements: 20 } as const
