// The frame around every page: document, stylesheet, wordmark, and the two shapes that a page can have.
// A slip is one task (sign in, consent): a stub that says what for, and a body to act in, torn along one edge.
// A sheet is a place to look around (account, welcome).
import { cutEdges, icon, rosette, wordmark, wordmarkAlone } from './mark.ts'
import { type Html, html, nothing, type Piece, trusted } from './markup.ts'
import { revealScript } from './script.ts'
import { baseStyles, type Stylesheet, sheetStyles, slipStyles, smallButtonStyles } from './stylesheet.ts'

/** What the edge knows about the response a page is made for. */
export interface Frame {
  /** Nonce of this response's Content-Security-Policy, for the stylesheet and the script; empty for a page that is a file. */
  readonly nonce: string
  /** Language of the page, BCP 47. */
  readonly lang: string
  /** The form token of this browser; every POST form carries it as `form_token`. */
  readonly csrf: string
  /** Product name: in the wordmark and after the page's title. */
  readonly product: string
  /** Host of the issuer, such as `id.example.com`; shown small, so that a person can compare it with the address bar. */
  readonly host?: string | undefined
  readonly signedInAs?: { readonly name: string } | undefined
}

/** A page with one thing to do: a slip of paper with a stub. */
export interface Slip {
  readonly title: string
  /** True when the page shows problems: the title says so first. */
  readonly hasProblems?: boolean | undefined
  /** What the stub says: who asks, what for. */
  readonly stub: Piece
  readonly body: Piece
  /** Below the body, quieter: the other way to go. */
  readonly aside?: Piece
  /** True when the page has a password field to be shown or hidden. */
  readonly reveals?: boolean | undefined
  readonly styles?: readonly Stylesheet[] | undefined
  /** As a sheet's. */
  readonly script?: string | undefined
}

/** One task on one slip. */
export function slip(page: Slip, frame: Frame): Html {
  const content = html`<div class="slip">
<header class="stub">${rosette}${cutEdges}<div class="stub-text">${wordmark(frame.product)}<div class="stub-what">${page.stub}</div></div></header>
<main class="body">${page.body}${page.aside === undefined ? nothing : html`<div class="aside">${page.aside}</div>`}</main>
</div>${foot(frame)}`
  return documentOf({ ...page, shape: 'slip', styles: [slipStyles, ...(page.styles ?? [])] }, content, frame)
}

/** A page with several parts. */
export interface Sheet {
  readonly title: string
  readonly hasProblems?: boolean | undefined
  /** At the right of the wordmark. */
  readonly corner?: Piece
  readonly body: Piece
  readonly reveals?: boolean | undefined
  readonly styles?: readonly Stylesheet[] | undefined
  /** Runs when the page is there. Constant: nothing from a request may stand in it. */
  readonly script?: string | undefined
  /** For a page that is a file, on no server: it states its own Content-Security-Policy, and its wordmark leads nowhere. */
  readonly alone?: { readonly policy: string } | undefined
}

/** A place to look around. */
export function sheet(page: Sheet, frame: Frame): Html {
  const home = page.alone === undefined ? wordmark(frame.product) : wordmarkAlone(frame.product)
  const content = html`<header class="masthead">${rosette}${cutEdges}<div class="masthead-text">${home}<div class="corner">${page.corner}</div></div></header>
<main class="sheet">${page.body}</main>${foot(frame)}`
  return documentOf(
    { ...page, shape: 'sheet', styles: [smallButtonStyles, sheetStyles, ...(page.styles ?? [])] },
    content,
    frame,
  )
}

interface Document {
  readonly title: string
  readonly hasProblems?: boolean | undefined
  readonly shape: 'slip' | 'sheet'
  readonly styles: readonly Stylesheet[]
  readonly reveals?: boolean | undefined
  readonly script?: string | undefined
  readonly alone?: { readonly policy: string } | undefined
}

function documentOf(page: Document, content: Html, frame: Frame): Html {
  const title = `${page.hasProblems ? 'Problem: ' : ''}${page.title} · ${frame.product}`
  const scripts = [
    ...(page.reveals ? [revealScript] : []),
    ...(page.script === undefined ? [] : [page.script]),
  ]
  return html`<!doctype html>
<html lang="${frame.lang}"><head><meta charset="utf-8">${policyOf(page)}<title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">${icon}
<style${nonceOf(frame)}>${trusted([baseStyles, ...page.styles].join(''))}</style></head>
<body class="on-${page.shape}">
${content}${scripts.map((script) => html`<script${nonceOf(frame)}>${trusted(script)}</script>`)}
</body></html>`
}

function policyOf({ alone }: Document): Html {
  return alone === undefined
    ? nothing
    : html`<meta http-equiv="Content-Security-Policy" content="${alone.policy}">`
}

// A file has no response whose nonce it could repeat: its policy names its style and its script by their hashes.
function nonceOf({ nonce }: Frame): Html {
  return nonce === '' ? nothing : html` nonce="${nonce}"`
}

function foot(frame: Frame): Html {
  return frame.host === undefined ? nothing : html`<footer class="foot">${frame.host}</footer>`
}
