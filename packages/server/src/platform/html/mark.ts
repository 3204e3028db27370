// The drawn things: the mark (two strokes that match, a signature and its countersignature), the engraved lines of
// the stub, its cut edge, and the marks of sign-in providers. All inline: nothing is fetched.
import { type Html, html } from './markup.ts'

export const mark: Html = html`<svg class="mark" viewBox="0 0 32 32" width="30" height="30" aria-hidden="true"><path class="printed" d="M5 23c6 0 6-14 12-14"/><path class="signed" d="M15 23c6 0 6-14 12-14"/></svg>`

export function wordmark(product: string): Html {
  return html`<a class="wordmark" href="/">${mark}<span>${product}</span></a>`
}

// A guilloche braid, as on cheques and indentures: sine waves of one length and falling height.
const braid = [26, 18, 10, 2, -6, -14, -22].map(
  (rise) => html`<path d="M0 28q20${rise < 0 ? '' : ' '}${rise} 40 0t40 0"/>`,
)

export const guilloche: Html = html`<svg class="guilloche" width="100%" height="100%" aria-hidden="true"><pattern id="braid" width="80" height="56" patternUnits="userSpaceOnUse">${braid}</pattern><rect width="100%" height="100%" fill="url(#braid)"/></svg>`

/** The indented cut between stub and body, down the side (wide) and along the foot (narrow). */
export const cutEdges: Html = html`<svg class="cut side" width="10" height="100%" aria-hidden="true"><pattern id="cut-side" width="10" height="24" patternUnits="userSpaceOnUse"><path d="M0 0h2q9 6 0 12t0 12H0z"/></pattern><rect width="10" height="100%" fill="url(#cut-side)"/></svg><svg class="cut below" width="100%" height="10" aria-hidden="true"><pattern id="cut-below" width="24" height="10" patternUnits="userSpaceOnUse"><path d="M0 0v2q6 9 12 0t12 0V0z"/></pattern><rect width="100%" height="10" fill="url(#cut-below)"/></svg>`

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
