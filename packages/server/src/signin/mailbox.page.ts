// “Look into your mailbox”: the one answer to whoever asked for a letter, whatever became of it.
import { link } from '../platform/html/form.ts'
import { type Frame, slip } from '../platform/html/layout.ts'
import { type Html, html, nothing, type Piece } from '../platform/html/markup.ts'
import { notice } from '../platform/html/problems.ts'

/** What the page says. */
export interface MailboxPageModel {
  readonly stub: Piece
  /** What was sent, to whom, and for how long it is good. */
  readonly words: Piece
  /** Local address where a person can ask again. */
  readonly again: string
  /** True on a development server, which keeps letters instead of sending them. */
  readonly development: boolean
}

/** The page after a form that asked for a letter. */
export function mailboxPage(model: MailboxPageModel, frame: Frame): Html {
  const body = html`<h1>Look into your mailbox</h1>
<p class="lead">${model.words}</p>
${model.development ? notice(html`This is a development server: its letters are at ${link('/dev/mailbox', '/dev/mailbox')}.`) : nothing}`
  return slip(
    {
      title: 'Look into your mailbox',
      stub: model.stub,
      body,
      aside: html`<p>Nothing there after a few minutes? Look among unwanted mail, or ${link(model.again, 'try again')}.</p>`,
    },
    frame,
  )
}
