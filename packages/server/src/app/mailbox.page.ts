// The mailbox of the development server: the list of what was sent, and each letter as its reader would see it.
import { pathTo, webAddress } from '../platform/html/address.ts'
import { buttonLink } from '../platform/html/form.ts'
import { type Frame, sheet } from '../platform/html/layout.ts'
import { type Html, html, trusted } from '../platform/html/markup.ts'
import { css } from '../platform/html/stylesheet.ts'
import { agoWords, momentWords } from '../platform/html/words.ts'
import type { MailboxLetter } from '../platform/mail/mailbox.ts'

/** What the list shows. */
export interface MailboxPageModel {
  /** The newest first. */
  readonly letters: readonly MailboxLetter[]
  /** Whether mail really leaves, so that none comes here. */
  readonly goesElsewhere: boolean
  readonly now: number
}

const listStyles = css`
.letters { margin-top: 2.25rem; border-top: 1px solid var(--rule) }
.letters a { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: .125rem 1.25rem; padding: .875rem .5rem; color: inherit; text-decoration: none; border-bottom: 1px solid var(--rule) }
.letters a:hover { background: var(--pen-wash) }
.letters strong { color: var(--pen); font-weight: 600 }
.letters a:hover strong { text-decoration: underline; text-underline-offset: .2em }
.letters .when { white-space: nowrap }
.letters .start { grid-column: 1 / -1; overflow: hidden; white-space: nowrap; text-overflow: ellipsis }
.none { margin-top: 2.25rem; padding: 2rem 1.25rem; border: 1px dashed var(--edge); border-radius: var(--round); color: var(--soft); text-align: center; text-wrap: balance }
`

const letterStyles = css`
.back { display: inline-block; padding: .25rem 0; margin-bottom: .5rem; font-size: var(--small) }
.letter-facts { margin-top: 1rem }
.letter-frame { display: block; width: 100%; height: 42rem; margin-top: 2rem; border: 1px solid var(--rule); border-radius: var(--round); background: #e4e9e5; resize: vertical }
.twin { margin-top: 2.5rem }
.twin pre { margin: .75rem 0 0; padding: 1.25rem; font-family: var(--digits); font-size: .875rem; line-height: 1.5; white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--rule); border-radius: var(--round) }
@media (prefers-color-scheme: dark) { .letter-frame { background: #0b100e } }
`

const development = html`<span>development</span>`

/** The list. */
export function mailboxPage({ letters, goesElsewhere, now }: MailboxPageModel, frame: Frame): Html {
  const rows = letters.map(
    (letter) =>
      html`<li><a href="${pathTo('/dev/mailbox', letter.id)}"><strong>${letter.subject}</strong><span class="quietly when">${agoWords(letter.sentAt, now, frame.lang)}</span><span class="quietly start">${letter.to}</span></a></li>`,
  )
  const empty = goesElsewhere
    ? 'Mail leaves by the mail server that SMTP_URL names, so nothing comes here.'
    : 'No mail yet. Ask for a new password, say, and look again.'
  const body = html`<h1>Mailbox</h1>
<p class="lead">${goesElsewhere ? 'What was sent before SMTP_URL was set.' : 'Every mail that this development server sent. None of it left.'}</p>
<div class="acts">${buttonLink('/dev/mailbox', 'Look again', 'plain')}</div>
${letters.length === 0 ? html`<p class="none">${empty}</p>` : html`<ul class="letters">${rows}</ul>`}`
  return sheet({ title: 'Mailbox', corner: development, body, styles: [listStyles] }, frame)
}

/** One letter. */
export function letterPage(letter: MailboxLetter, frame: Frame): Html {
  const facts = [
    ['To', letter.to],
    ['From', letter.from],
    ['Sent', momentWords(letter.sentAt, frame.lang)],
    ['About', html`<code>${letter.kind}</code>`],
  ] as const
  const body = html`<a class="back" href="/dev/mailbox">All mail</a>
<h1>${letter.subject}</h1>
<dl class="facts letter-facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
<iframe class="letter-frame" title="The letter" sandbox="allow-popups allow-popups-to-escape-sandbox" src="${pathTo('/dev/mailbox', letter.id)}/html"></iframe>
<section class="twin" aria-labelledby="twin"><h2 id="twin">As plain text</h2><pre>${linked(letter.text)}</pre></section>`
  return sheet({ title: letter.subject, corner: development, body, styles: [letterStyles] }, frame)
}

/** The letter’s own HTML, whose links open beside the frame that it is in. It is shown where nothing can run. */
export function framedLetter({ html: letter }: MailboxLetter): Html {
  return trusted(letter.replace('<head>', '<head><base target="_blank">'))
}

/** Text whose addresses can be followed. */
function linked(text: string): Html {
  const parts = text.split(/(https?:\/\/[^\s<>"]+)/)
  return html`${parts.map((part, index) => {
    const address = index % 2 === 1 ? webAddress(part) : null
    return address === null ? part : html`<a href="${address}">${part}</a>`
  })}`
}
