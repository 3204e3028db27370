// The one layout of every letter, from one model: HTML as mail clients need it (tables and inline styles; what a style
// element adds is for clients that show letters in the dark), and its text twin. Nothing in it is fetched, and nothing
// tells anybody that it was read.
import { type Html, html, nothing, trusted } from '../html/markup.ts'
import type { Issuer } from '../http/issuer.ts'
import { productName } from '../platform.ts'

/** The finished words of a letter. */
export interface Written {
  readonly subject: string
  readonly text: string
  readonly html: Html
}

/** What a letter says, in this order. Plain text throughout: the layout escapes it. */
export interface LetterModel {
  /** Short: most lists show 40 characters of it. */
  readonly subject: string
  /** The heading; the subject when left out. */
  readonly title?: string
  /** Paragraphs: what this is about. */
  readonly body: readonly string[]
  /** Who asked, from where, when: name and value. */
  readonly facts?: readonly (readonly [name: string, value: string])[]
  /** The one thing to do: shown as a button and, in full, as an address. */
  readonly action?: { readonly label: string; readonly address: string }
  /** Further paragraphs: how long the link is good, what to do if it wasn't you. */
  readonly after?: readonly string[]
  /** Why this person got it, in one sentence. */
  readonly why: string
}

/** Lays a letter out. @param from whose installation writes */
export function written(from: Pick<Issuer, 'host'>, letter: LetterModel): Written {
  return { subject: letter.subject, text: textOf(from, letter), html: htmlOf(from, letter) }
}

function textOf({ host }: Pick<Issuer, 'host'>, letter: LetterModel): string {
  const { title, subject, body, facts, action, after = [], why } = letter
  const parts = [
    title ?? subject,
    ...body,
    ...(facts === undefined ? [] : [facts.map(([name, value]) => `${name}: ${value}`).join('\n')]),
    ...(action === undefined ? [] : [`${action.label}:\n${action.address}`]),
    ...after,
    // RFC 3676 §4.3: what follows is a signature.
    `-- \n${why}\n${productName} at ${host}`,
  ]
  return `${parts.join('\n\n')}\n`
}

// The colours of the pages (platform/html/stylesheet.ts), written out: mail clients know no variables.
const ink = 'color:#14211b'
const soft = 'color:#46554d'
const pen = 'color:#2338c4'
const font =
  "font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','Liberation Sans',Helvetica,Arial,sans-serif"
const style = {
  page: 'margin:0;padding:0;background-color:#e4e9e5;-webkit-text-size-adjust:100%',
  around: 'padding:24px 12px',
  sheet: 'width:100%;max-width:560px;background-color:#fbfcfb;border-radius:10px',
  stub: `padding:16px 28px;background-color:#d5e3d9;border-radius:10px 10px 0 0;${font};font-size:16px;line-height:24px;font-weight:700;${ink}`,
  inside: `padding:28px 28px 14px;${font};font-size:16px;line-height:24px;${ink}`,
  title: `margin:0 0 12px;${font};font-size:24px;line-height:30px;font-weight:700;${ink}`,
  words: 'margin:0 0 16px',
  facts: `margin:4px 0 20px;border-left:3px solid #74857b;${font};font-size:14px;line-height:21px`,
  name: `padding:1px 12px 1px 12px;${soft};vertical-align:top;white-space:nowrap`,
  value: `padding:1px 0;${ink};vertical-align:top`,
  button: 'margin:24px 0 12px',
  press: 'border-radius:6px;background-color:#2338c4',
  label: `display:inline-block;padding:13px 22px;border:1px solid #2338c4;border-radius:6px;${font};font-size:16px;line-height:20px;font-weight:700;color:#ffffff;text-decoration:none`,
  address: `margin:0 0 24px;${font};font-size:13px;line-height:19px;${soft};word-break:break-all`,
  link: `${pen};text-decoration:underline`,
  foot: `padding:20px 28px 24px;border-top:1px solid #d3dbd5;${font};font-size:13px;line-height:19px;${soft}`,
} as const

/** For clients that have both; elsewhere the colours above stand, which are given in pairs and so survive being inverted. */
const dark = `:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){
.c-page{background-color:#0b100e!important}.c-sheet{background-color:#141b18!important}.c-stub{background-color:#1b2922!important}
.c-stub,.c-inside,.c-title,.c-value{color:#e9efeb!important}.c-soft{color:#a9b8b0!important}.c-link{color:#aab6ff!important}
.c-press{background-color:#aab6ff!important}.c-label{color:#10174a!important;border-color:#aab6ff!important}.c-foot{color:#a9b8b0!important;border-color:#2b3731!important}
}`

function htmlOf({ host }: Pick<Issuer, 'host'>, letter: LetterModel): Html {
  const { title, subject, body, facts, action, after = [], why } = letter
  const paragraph = (words: string) => html`<p style="${style.words}">${words}</p>`
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${subject}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
<style>${trusted(dark)}</style></head>
<body class="c-page" style="${style.page}">
<table role="presentation" class="c-page" width="100%" cellpadding="0" cellspacing="0" border="0" style="background-color:#e4e9e5"><tr><td align="center" style="${style.around}">
<table role="presentation" class="c-sheet" width="560" cellpadding="0" cellspacing="0" border="0" style="${style.sheet}">
<tr><td class="c-stub" align="left" style="${style.stub}">${productName}</td></tr>
<tr><td class="c-inside" align="left" style="${style.inside}">
<h1 class="c-title" style="${style.title}">${title ?? subject}</h1>
${body.map(paragraph)}
${facts === undefined ? nothing : factsTable(facts)}
${action === undefined ? nothing : actionParts(action)}
${after.map(paragraph)}
</td></tr>
<tr><td class="c-foot" align="left" style="${style.foot}">${why}<br>${productName} at ${host}</td></tr>
</table></td></tr></table>
</body></html>`
}

function factsTable(facts: NonNullable<LetterModel['facts']>): Html {
  const rows = facts.map(
    ([name, value]) =>
      html`<tr><td class="c-soft" style="${style.name}">${name}</td><td class="c-value" style="${style.value}">${value}</td></tr>`,
  )
  return html`<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="${style.facts}">${rows}</table>`
}

/** The button, as a cell of a table since that is what every client fills; and the address, to be compared or copied. */
function actionParts({ label, address }: NonNullable<LetterModel['action']>): Html {
  return html`<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="${style.button}"><tr><td class="c-press" style="${style.press}"><a class="c-label" href="${address}" style="${style.label}">${label}</a></td></tr></table>
<p class="c-soft" style="${style.address}">Or open this address:<br><a class="c-link" href="${address}" style="${style.link}">${address}</a></p>`
}
