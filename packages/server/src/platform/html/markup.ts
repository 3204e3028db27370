// The one way to write HTML: escaped tagged templates over hono/html, narrowed to what is safe and synchronous.
// Only platform/html and *.page.ts import this file.
import { raw, html as tagged } from 'hono/html'

/** A finished piece of HTML: everything in it was escaped or written by us. `String(html)` gives the text. */
export type Html = ReturnType<typeof raw>

/** What may stand in a template: text (escaped), numbers, finished HTML, nothing, or a list of these. */
export type Piece = string | number | Html | false | null | undefined | readonly Piece[]

/**
 * Makes HTML from a template; every text put into it is escaped for element content and quoted attributes.
 *
 * INVARIANT: an object that only looks escaped (parsed from JSON, say) is never trusted.
 * @throws TypeError when a value is not a Piece: a bug of ours.
 * @example html`<p title="${title}">${name}</p>`
 */
export function html(strings: TemplateStringsArray, ...pieces: Piece[]): Html {
  for (const piece of pieces) mustBePiece(piece)
  const made = tagged(strings, ...pieces)
  if (made instanceof Promise) throw new TypeError('A page is made at once: promises have no place in it.')
  return made
}

/** Trusts a text as HTML. For constants of ours alone: the stylesheet and the script. */
export const trusted = (constant: string): Html => raw(constant)

/** An empty piece. */
export const nothing: Html = raw('')

function mustBePiece(piece: unknown): void {
  if (Array.isArray(piece)) {
    for (const part of piece) mustBePiece(part)
    return
  }
  // hono trusts anything with `isEscaped`; raw() alone makes String objects, and JSON can't.
  if (typeof piece === 'object' && piece !== null && !(piece instanceof String)) {
    throw new TypeError('Only text, numbers and finished HTML may stand in a page.')
  }
  if (typeof piece === 'function' || typeof piece === 'symbol') {
    throw new TypeError('Only text, numbers and finished HTML may stand in a page.')
  }
}
