// The sentences of Django REST framework and Simple JWT that front ends are shown, in English as they are compared with,
// and how one is found again in another language. What stands in braces is put in.

/** Every sentence that is translated, as gettext knows them: by its English. */
export const sentences = [
  'No active account found with the given credentials',
  'No active account found for the given token.',
  "The user's password has been changed.",
  'Token is invalid',
  'Token is expired',
  'Token is invalid or expired',
  'Token is blacklisted',
  'Token has wrong type',
  'Token has no type',
  'Token has no id',
  "Token has no '{claim}' claim",
  "Token '{claim}' claim has expired",
  'Token contained no recognizable user identification',
  'Given token not valid for any token type',
  'Authorization header must contain two space-delimited values',
  'User not found',
  'User is inactive',
  'Authentication credentials were not provided.',
  'You do not have permission to perform this action.',
  'Not found.',
  'This field is required.',
  'This field may not be blank.',
  'This field may not be null.',
  'Not a valid string.',
  'Null characters are not allowed.',
  'Enter a valid email address.',
  'Ensure this field has no more than {max_length} characters.',
  'Invalid data. Expected a dictionary, but got {datatype}.',
  'Unsupported media type "{media_type}" in request.',
  'Method "{method}" not allowed.',
  'Could not satisfy the request Accept header.',
  'Request was throttled. Expected available in {wait} second.',
  'Request was throttled. Expected available in {wait} seconds.',
  'Service temporarily unavailable, try again later.',
] as const

/** A sentence, by its English. */
export type Sentence = (typeof sentences)[number]
/** Every sentence in one language. */
export type Catalogue = { readonly [S in Sentence]: string }

/** The names that stand in braces, in their order. */
export function placesIn(text: string): readonly string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '')
}

interface Pattern {
  readonly sentence: Sentence
  readonly shape: RegExp
  readonly places: readonly string[]
}

const known: ReadonlySet<string> = new Set(sentences)
const patterns: readonly Pattern[] = sentences
  .filter((sentence) => sentence.includes('{'))
  .map((sentence) => ({ sentence, shape: shapeOf(sentence), places: placesIn(sentence) }))

function shapeOf(sentence: string): RegExp {
  const parts = sentence.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('(.*)')}$`, 's')
}

/** A sentence in another language, with what was put into it; as it is where the language lacks it. */
export function translated(text: string, catalogue: Partial<Catalogue>): string {
  if (known.has(text)) return catalogue[text as Sentence] ?? text
  for (const { sentence, shape, places } of patterns) {
    const found = shape.exec(text)
    const own = found === null ? undefined : catalogue[sentence]
    if (found === null || own === undefined) continue
    // A function, since `$&` in a replacement would be read.
    return own.replace(/\{(\w+)\}/g, (_, name: string) => found[places.indexOf(name) + 1] ?? '')
  }
  return text
}

/** A sentence as front ends compare it: one that is not in the list doesn't compile. */
export function english(sentence: Sentence): Sentence {
  return sentence
}
