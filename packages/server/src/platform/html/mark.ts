// The drawn things: the mark (two strokes that match, a signature and its countersignature), the engraved rosette of
// the stub, its cut edge, and the marks of sign-in providers. All inline: nothing is fetched.
import { type Html, html } from './markup.ts'

const mark: Html = html`<svg class="mark" viewBox="0 0 30 22" width="34" height="25" aria-hidden="true"><path class="printed" d="M2 19C9 19 8 3 15 3"/><path class="signed" d="M15 19C22 19 21 3 28 3"/></svg>`

/** The mark as the page's icon, in colours that show on light and dark tabs. */
export const icon: Html = html`<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 -4 30 30' fill='none' stroke-width='4' stroke-linecap='round'%3E%3Cpath d='M2 19C9 19 8 3 15 3' stroke='%233f8f66'/%3E%3Cpath d='M15 19C22 19 21 3 28 3' stroke='%234c63f0'/%3E%3C/svg%3E">`

/** The mark and the product’s name, as a link home. */
export function wordmark(product: string): Html {
  return html`<a class="wordmark" href="/">${mark}<span>${product}</span></a>`
}

/** The mark and the product’s name, on a page that has no home to lead to. */
export function wordmarkAlone(product: string): Html {
  return html`<span class="wordmark">${mark}<span>${product}</span></span>`
}

/** A rosette as engraved on cheques: one ellipse, turned four times by halving angles, and the whole again, smaller. */
export const rosette: Html = html`<div class="engraved" aria-hidden="true"><svg class="rosette" viewBox="-100 -100 200 200"><g id="rosette-e"><g id="rosette-d"><g id="rosette-c"><g id="rosette-b"><ellipse id="rosette-a" rx="99" ry="46" vector-effect="non-scaling-stroke"/><use href="#rosette-a" transform="rotate(90)"/></g><use href="#rosette-b" transform="rotate(45)"/></g><use href="#rosette-c" transform="rotate(22.5)"/></g><use href="#rosette-d" transform="rotate(11.25)"/></g><use href="#rosette-e" transform="scale(.45)"/></svg></div>`

/** The indented cut between stub and body, down the side (wide) and along the foot (narrow). */
export const cutEdges: Html = html`<svg class="cut side" width="9" height="100%" aria-hidden="true"><pattern id="cut-side" width="9" height="28" patternUnits="userSpaceOnUse"><path d="M0 0h5q8 7 0 14t0 14H0z"/></pattern><rect width="9" height="100%" fill="url(#cut-side)"/></svg><svg class="cut below" width="100%" height="9" aria-hidden="true"><pattern id="cut-below" width="28" height="9" patternUnits="userSpaceOnUse"><path d="M0 0v5q7 8 14 0t14 0V0z"/></pattern><rect width="100%" height="9" fill="url(#cut-below)"/></svg>`

const providerMarks: ReadonlyMap<string, Html> = new Map([
  [
    'google',
    html`<svg class="glyph" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" fill="none" stroke-width="4"><path stroke="#ea4335" d="M18.4 6.4A8.5 8.5 0 0 0 4.6 7.9"/><path stroke="#fbbc05" d="M4.6 7.9a8.5 8.5 0 0 0 0 8.2"/><path stroke="#34a853" d="M4.6 16.1a8.5 8.5 0 0 0 13.1 2.3"/><path stroke="#4285f4" d="M17.7 18.4A8.4 8.4 0 0 0 20.5 12H12"/></svg>`,
  ],
  [
    'facebook',
    html`<svg class="glyph" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true"><circle cx="12" cy="12" r="11" fill="#0866ff"/><path fill="none" stroke="#fff" stroke-width="3" d="M16.5 6.8h-1.3q-2.2 0-2.2 2.4V23M8.8 13h7.2"/></svg>`,
  ],
])

/** The mark of a sign-in provider, or its first letter in a ring. */
export function providerMark(provider: { readonly id: string; readonly name: string }): Html {
  return providerMarks.get(provider.id) ?? monogram(provider.name)
}

/** The first letter of a name in a ring: for whoever has no mark here. */
export function monogram(name: string): Html {
  const first = Array.from(name.trim()).at(0) ?? '?'
  return html`<span class="monogram" aria-hidden="true">${first.toLocaleUpperCase('en')}</span>`
}
