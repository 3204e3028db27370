// Text fields as Django REST framework's CharField and EmailField check them, with its words.
import { canonicalEmail } from '../../accounts/users/identifiers.ts'

/** The members of a body. */
export type Members = Readonly<Record<string, unknown>>

/** The fields as text, or every field's problems, by name. */
export type Fields<N extends string, O extends string = never> =
  | {
      readonly ok: true
      readonly values: { readonly [K in N]: FieldText } & { readonly [K in O]?: FieldText }
    }
  | { readonly ok: false; readonly body: FieldProblems }

/** What is wrong, by the name of the field. */
export type FieldProblems = Readonly<Record<string, readonly string[]>>

/** A text as it was sent, and without the spaces around it, which the framework takes away. */
export interface FieldText {
  readonly sent: string
  readonly trimmed: string
}

/** What a field may be. */
export interface FieldRule {
  /** How the wire calls it, where that is a matter of settings. */
  readonly named?: string
  /** Whether it may be left out. */
  readonly optional?: boolean
  readonly mayBeBlank?: boolean
  /** Most characters. */
  readonly longest?: number
  /** Holds an address. */
  readonly email?: boolean
}

/** Reads the named fields, each of them required; members of other names are ignored. */
export function readFields<N extends string>(members: Members, names: readonly N[]): Fields<N> {
  const read = readForm(members, Object.fromEntries(names.map((name) => [name, {}])))
  return read as Fields<N>
}

/** What the fields may be; one without a rule is not read. */
type Rules = Readonly<Record<string, FieldRule | undefined>>
/** Those that may be missing: also where that is a matter of settings. */
type Optional<R extends Rules> = {
  [K in keyof R]-?: undefined extends R[K]
    ? K
    : 'optional' extends keyof R[K]
      ? R[K]['optional'] extends false
        ? never
        : K
      : never
}[keyof R] &
  string

/** Reads fields by their rules; members of other names are ignored. */
export function readForm<const R extends Rules>(
  members: Members,
  rules: R,
): Fields<Exclude<keyof R & string, Optional<R>>, Optional<R>> {
  const values: Record<string, FieldText> = {}
  const problems: Record<string, readonly string[]> = {}
  for (const [own, rule] of Object.entries(rules)) {
    if (rule === undefined) continue
    const name = rule.named ?? own
    const value = Object.hasOwn(members, name) ? members[name] : undefined
    if (value === undefined && rule.optional === true) continue
    const text = typeof value === 'number' ? String(value) : value
    const problem = problemOf(text, rule)
    if (problem !== null) problems[name] = [problem]
    else if (typeof text === 'string') values[own] = { sent: text, trimmed: text.trim() }
  }
  if (Object.keys(problems).length > 0) return { ok: false, body: problems }
  return { ok: true, values } as Fields<Exclude<keyof R & string, Optional<R>>, Optional<R>>
}

function problemOf(value: unknown, rule: FieldRule): string | null {
  if (value === undefined) return 'This field is required.'
  if (value === null) return 'This field may not be null.'
  if (typeof value !== 'string') return 'Not a valid string.'
  if (value.includes('\0')) return 'Null characters are not allowed.'
  const text = value.trim()
  if (text === '') return rule.mayBeBlank === true ? null : 'This field may not be blank.'
  if (rule.longest !== undefined && [...text].length > rule.longest) {
    return `Ensure this field has no more than ${rule.longest} characters.`
  }
  return rule.email === true && canonicalEmail(text) === null ? 'Enter a valid email address.' : null
}
