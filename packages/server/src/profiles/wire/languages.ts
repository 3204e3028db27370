// The sentences in the languages that there are words for. A language that lacks one doesn't compile.
import type { Catalogue } from './words.ts'

/** By the language's tag in lower case. */
export const catalogues: Readonly<Record<string, Catalogue>> = {}
