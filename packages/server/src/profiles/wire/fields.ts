// Text fields as Django REST framework's CharField checks them, with its words.

/** The fields as text, or every field's problems, by name. */
export type Fields<N extends string> =
  | { readonly ok: true; readonly values: { readonly [K in N]: FieldText } }
  | { readonly ok: false; readonly body: Readonly<Record<string, readonly string[]>> }

/** A text as it was sent, and without the spaces around it, which the framework takes away. */
export interface FieldText {
  readonly sent: string
  readonly trimmed: string
}

/** Reads the named fields, each of them required; members of other names are ignored. */
export function readFields<N extends string>(
  members: Readonly<Record<string, unknown>>,
  names: readonly N[],
): Fields<N> {
  const values: Partial<Record<N, FieldText>> = {}
  const problems: Record<string, readonly string[]> = {}
  for (const name of names) {
    const value = Object.hasOwn(members, name) ? members[name] : undefined
    const text = typeof value === 'number' ? String(value) : value
    const problem = problemOf(text)
    if (problem !== null) problems[name] = [problem]
    else if (typeof text === 'string') values[name] = { sent: text, trimmed: text.trim() }
  }
  if (Object.keys(problems).length > 0) return { ok: false, body: problems }
  return { ok: true, values: values as { readonly [K in N]: FieldText } }
}

function problemOf(value: unknown): string | null {
  if (value === undefined) return 'This field is required.'
  if (value === null) return 'This field may not be null.'
  if (typeof value !== 'string') return 'Not a valid string.'
  if (value.includes('\0')) return 'Null characters are not allowed.'
  return value.trim() === '' ? 'This field may not be blank.' : null
}
