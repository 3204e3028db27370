// The one layout of every letter, from one model: HTML with inline styles, as mail clients need it, and its text twin.
import { type Html, html, nothing } from '../html/markup.ts'
import type { Issuer } from '../http/issuer.ts'
import { productName } from '../platform.ts'

/** The finished words of a letter. */
export interface Written {
  readonly subject: string
  readonly text: string
  readonly html: Html
}

/** What a letter says. Plain text throughout: the layout escapes it. */
export interface LetterModel {
  /** Short: most lists show 40 characters of it. */
  readonly subject: string
  /** The heading; the subject when left out. */
  readonly title?: string
  /** Paragraphs before the button. */
  readonly body: readonly string[]
  /** The one thing to do: shown as a button and, in full, as an address. */
  readonly action?: { readonly label: string; readonly address: string }
  /** A code to be typed somewhere, instead of an address to follow. */
  readonly code?: string
  /** Who asked, from where, when: name and value. */
  readonly facts?: readonly (readonly [name: string, value: string])[]
  /** Paragraphs after it: how long the link is good, what to do if it wasn't you. */
  readonly after?: readonly string[]
  /** Why this person got it, in one sentence. */
  readonly why: string
}

/** Lays a letter out. @param from whose installation writes */
export function written(from: Pick<Issuer, 'host'>, letter: LetterModel): Written {
  return { subject: letter.subject, text: textOf(from, letter), html: htmlOf(from, letter) }
}

function textOf(from: Pick<Issuer, 'host'>, letter: LetterModel): string {
  const parts = [
    letter.title ?? letter.subject,
    ...letter.body,
    ...(letter.action === undefined ? [] : [`${letter.action.label}:\n${letter.action.address}`]),
    ...(letter.code === undefined ? [] : [letter.code]),
    ...(letter.facts === undefined
      ? []
      : [letter.facts.map(([name, value]) => `${name}: ${value}`).join('\n')]),
    ...(letter.after ?? []),
    `--\n${letter.why}\n${productName} at ${from.host}`,
  ]
  return `${parts.join('\n\n')}\n`
}

function htmlOf(from: Pick<Issuer, 'host'>, letter: LetterModel): Html {
  const { action, code, facts, after = [] } = letter
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${letter.subject}</title></head>
<body><h1>${letter.title ?? letter.subject}</h1>
${letter.body.map((words) => html`<p>${words}</p>`)}
${action === undefined ? nothing : html`<p><a href="${action.address}">${action.label}</a></p><p>${action.address}</p>`}
${code === undefined ? nothing : html`<p>${code}</p>`}
${facts === undefined ? nothing : html`<p>${facts.map(([name, value]) => html`${name}: ${value}<br>`)}</p>`}
${after.map((words) => html`<p>${words}</p>`)}
<p>${letter.why}</p><p>${productName} at ${from.host}</p></body></html>`
}
