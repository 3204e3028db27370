// A part of the account page: its heading and its words at one side, what it holds at the other.
import { type Html, html, type Piece } from '../platform/html/markup.ts'

/** @param id of the heading, unique in the page */
export function part(id: string, title: string, words: Piece, content: Piece): Html {
  return html`<section class="part" aria-labelledby="${id}"><div><h2 id="${id}">${title}</h2><p class="quietly">${words}</p></div><div>${content}</div></section>`
}
