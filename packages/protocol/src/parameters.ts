// The parameters of a query or a form, decoded strictly (RFC 6749 §3.1, §3.2 and Appendix B).
import { OAuthError } from './errors.ts'

const maximumPairs = 100

/**
 * Decoded names and values, in order; a name may occur more than once until someone asks for it by `get`. Immutable.
 *
 * RFC 6749 §3.1: "Parameters sent without a value MUST be treated as if they were omitted from the request", and
 * "Request and response parameters MUST NOT be included more than once".
 */
export class Parameters {
  readonly #values: ReadonlyMap<string, readonly string[]>
  readonly #pairs: readonly (readonly [string, string])[]

  private constructor(pairs: readonly (readonly [string, string])[]) {
    const values = new Map<string, string[]>()
    for (const [name, value] of pairs) {
      const before = values.get(name)
      if (before === undefined) values.set(name, [value])
      else before.push(value)
    }
    this.#pairs = pairs
    this.#values = values
  }

  /**
   * Parses application/x-www-form-urlencoded text, without a leading "?".
   *
   * @throws OAuthError `invalid_request` for a broken %-escape, bytes that are not UTF-8, NUL, more than 100 pairs
   */
  static parse(text: string): Parameters {
    if (text === '') return Parameters.#none
    if (!text.isWellFormed()) throw refusal('the text is not Unicode')
    const pairs: [string, string][] = []
    for (let start = 0; start <= text.length; ) {
      let end = text.indexOf('&', start)
      if (end === -1) end = text.length
      if (end > start) {
        if (pairs.length === maximumPairs) throw refusal('more than 100 parameters')
        const equals = text.indexOf('=', start)
        const hasValue = equals !== -1 && equals < end
        const name = decodeFormText(text.slice(start, hasValue ? equals : end))
        pairs.push([name, hasValue ? decodeFormText(text.slice(equals + 1, end)) : ''])
      }
      start = end + 1
    }
    return new Parameters(pairs)
  }

  /** Makes parameters from names and values as they are; undefined values are left out. */
  static from(
    entries: Iterable<readonly [string, string]> | Readonly<Record<string, string | undefined>>,
  ): Parameters {
    const listed = Symbol.iterator in entries ? entries : Object.entries(entries)
    const pairs: (readonly [string, string])[] = []
    for (const [name, value] of listed as Iterable<readonly [string, string | undefined]>) {
      if (value !== undefined) pairs.push([name, value])
    }
    return new Parameters(pairs)
  }

  /**
   * The value of a parameter that may be given once; an empty one counts as omitted.
   *
   * @throws OAuthError `invalid_request` when the name occurs more than once, empty or not
   */
  get(name: string): string | undefined {
    const values = this.#values.get(name)
    if (values === undefined) return undefined
    if (values.length > 1) {
      throw new OAuthError('invalid_request', {
        description: `The parameter ${name} may be given only once.`,
      })
    }
    return values[0] === '' ? undefined : values[0]
  }

  /**
   * The value of a parameter that must be given.
   *
   * @throws OAuthError `invalid_request` when it is missing, and as `get` does
   */
  require(name: string): string {
    const value = this.get(name)
    if (value === undefined) {
      throw new OAuthError('invalid_request', { description: `The parameter ${name} is missing.` })
    }
    return value
  }

  /** All non-empty values of a parameter that may repeat, in order. */
  all(name: string): readonly string[] {
    return (this.#values.get(name) ?? []).filter((value) => value !== '')
  }

  /** Whether nothing was given at all. */
  get isEmpty(): boolean {
    return this.#pairs.length === 0
  }

  /** Whether the parameter was given with a value. */
  has(name: string): boolean {
    return this.#values.get(name)?.some((value) => value !== '') ?? false
  }

  /** Every name once, in order of first appearance, empty values included. */
  names(): readonly string[] {
    return [...this.#values.keys()]
  }

  /** The first name that occurs more than once and is not in the list. It may be anyone's text: don't echo it. */
  repeated(mayRepeat: readonly string[] = []): string | undefined {
    for (const [name, values] of this.#values) {
      if (values.length > 1 && !mayRepeat.includes(name)) return name
    }
    return undefined
  }

  /** All pairs in order, decoded. */
  [Symbol.iterator](): Iterator<readonly [string, string]> {
    return this.#pairs[Symbol.iterator]()
  }

  /** Encodes all pairs again, in order. A space is "%20", which every decoder reads, not "+". */
  toString(): string {
    return new URLSearchParams(this.#pairs.map(([name, value]) => [name, value]))
      .toString()
      .replaceAll('+', '%20')
  }

  static readonly #none = new Parameters([])
}

/**
 * Decodes one name or value: "+" is a space, %-escapes are UTF-8 (RFC 6749 Appendix B).
 *
 * @throws OAuthError `invalid_request`
 */
export function decodeFormText(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  const decoded = spaced.includes('%') ? decodeEscapes(spaced) : spaced
  if (decoded.includes('\0')) throw refusal('a NUL character')
  return decoded
}

function decodeEscapes(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new OAuthError('invalid_request', { detail: 'a %-escape is broken or not UTF-8', cause })
  }
}

function refusal(detail: string): OAuthError {
  return new OAuthError('invalid_request', {
    description: 'The parameters are not encoded properly.',
    detail,
  })
}
