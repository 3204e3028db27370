// The part of the account page that lists a person's own keys for APIs. Posts to /account/keys/revoke.

import { button, form } from '../platform/html/form.ts'
import type { Frame } from '../platform/html/layout.ts'
import { type Html, html, nothing, type Piece } from '../platform/html/markup.ts'
import { named } from '../platform/html/party.ts'
import { agoWords, momentWords } from '../platform/html/words.ts'
import { part } from './part.page.ts'

/** A key with which a program of this person comes to an API. */
export interface OwnKey {
  /** Field `key`; never the key itself. */
  readonly id: string
  /** What it is for, in the words of whoever made it. */
  readonly name: string
  /** The API that it is for, as its operator calls it. */
  readonly api: string
  /** What it may do there, in words. */
  readonly may: readonly string[]
  /** Seconds since the epoch, as all times here. */
  readonly createdAt: number
  /** Null for one that ends only when somebody ends it. */
  readonly expiresAt: number | null
  readonly lastUsedAt: number | null
}

/** Nothing for who has no key. */
export function keysPart(keys: readonly OwnKey[], now: number, frame: Frame): Piece {
  if (keys.length === 0) return nothing
  const rows = keys.map((key) => keyRow(key, now, frame))
  return part(
    'keys',
    'Keys for programs',
    'Programs of yours use these without asking you. End any that you don’t know.',
    html`<ul class="rows">${rows}</ul>`,
  )
}

function keyRow(key: OwnKey, now: number, frame: Frame): Html {
  const { lang } = frame
  const made = agoWords(key.createdAt, now, lang)
  const used = key.lastUsedAt === null ? 'never used' : `last used ${agoWords(key.lastUsedAt, now, lang)}`
  const ends = key.expiresAt === null ? '' : `, good until ${momentWords(key.expiresAt, lang)}`
  const may =
    key.may.length === 0
      ? nothing
      : html`<ul class="may">${key.may.map((words) => html`<li>${words}</li>`)}</ul>`
  const end = form(
    {
      action: '/account/keys/revoke',
      hidden: { key: key.id },
      content: button({ text: 'End', kind: 'quiet', label: `End the key ${key.name}` }),
    },
    frame,
  )
  return html`<li><div class="what"><strong>${named(key.name)}</strong> <span class="quietly">${named(key.api)}</span>${may}<p class="quietly">Made ${made}, ${used}${ends}</p></div>${end}</li>`
}
