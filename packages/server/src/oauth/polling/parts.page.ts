// What pages have in common that ask a person for something that waits elsewhere: whose account it is, and how long what
// is given away lasts. Such access does not end with the sign-out of the browser in which it was allowed.
import { link } from '../../platform/html/form.ts'
import { monogram } from '../../platform/html/mark.ts'
import { type Html, html, nothing } from '../../platform/html/markup.ts'
import { named } from '../../platform/html/party.ts'
import { spanWords } from '../../platform/html/words.ts'
import type { ConsentLifetime } from '../authorize/consent.page.ts'

/** Who is signed in. */
export interface Account {
  readonly name: string
  readonly email?: string | null | undefined
  /** Local address to use another account. */
  readonly notYou: string
}

export function whose({ name, email, notYou }: Account): Html {
  return html`<p class="whose">${monogram(name)}<span>As <strong>${named(name)}</strong>${email ? html`, ${named(email)}` : nothing}. ${link(notYou, 'Not\u00a0you?')}</span></p>`
}

/** What is to be said of a scope instead of the usual. */
export const ownWords = {
  offline_access: ['Stay connected', 'Also when you sign out here, until you end it in your account'],
} as const

export function lifetimeWords({ accessSeconds, offline }: ConsentLifetime): string {
  if (offline === null) return `Access lasts ${spanWords(accessSeconds)}.`
  return `Access lasts up to ${spanWords(offline.absoluteSeconds)}. It ends sooner if it isn’t used for ${spanWords(offline.idleSeconds)}, when you change your password, or when you sign out everywhere.`
}
