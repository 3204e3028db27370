// The pages of /approve (CIBA §7, §8): what applications ask of a person who is not in front of them. The list, the
// question, and how it ended. Whoever asks may do so at a stranger's wish, so the question says when not to go on.
// Fields: request (sealed) with decision=allow or decision=deny; posts to /approve.
import { button, buttonLink, form, link } from '../../platform/html/form.ts'
import { type Frame, slip } from '../../platform/html/layout.ts'
import { type Html, html, nothing, type Piece } from '../../platform/html/markup.ts'
import { named, type Party, partyStub } from '../../platform/html/party.ts'
import { consentStyles } from '../../platform/html/stylesheet.ts'
import { agoWords, spanWords } from '../../platform/html/words.ts'
import type { Part } from '../authorize/boxes.ts'
import { boxed, type ConsentLifetime } from '../authorize/consent.page.ts'
import { compareStyles } from '../polling/compare-styles.ts'
import { type Account, lifetimeWords, whose } from '../polling/parts.page.ts'
import { approveStyles } from './approve-styles.ts'

/** What waits for an answer, as the list shows it. Times are seconds since the epoch. */
export interface WaitingRequest {
  readonly clientName: string
  readonly bindingMessage: string | null
  readonly askedAt: number
  /** Local address of the question. */
  readonly at: string
}

/** What the list shows. */
export interface WaitingPageModel {
  readonly account: Account
  readonly now: number
  /** The newest first. */
  readonly waiting: readonly WaitingRequest[]
}

/** Everything that waits for this person's answer. */
export function waitingPage({ account, now, waiting }: WaitingPageModel, frame: Frame): Html {
  const rows = waiting.map(
    ({ clientName, bindingMessage, askedAt, at }) =>
      html`<li><strong>${named(clientName)}</strong>${bindingMessage === null ? nothing : html`<p class="said"><bdi>${bindingMessage}</bdi></p>`}<p class="quietly">${agoWords(askedAt, now, frame.lang)}</p>${link(at, html`Look at it<span class="unseen">: ${clientName}</span>`)}</li>`,
  )
  const body =
    waiting.length === 0
      ? html`<h1>Nobody waits for you</h1><p class="lead">When an application asks for your approval while you are elsewhere, at a counter or on the phone, its request appears here for a few minutes.</p>
${whose(account)}<div class="acts">${buttonLink('/approve', 'Look again', 'main')}${buttonLink('/account', 'Your account')}</div>`
      : html`<h1>Waiting for your answer</h1><p class="lead">Answer only what you have just started yourself. What you leave alone ends by itself.</p>
${whose(account)}<ul class="waiting">${rows}</ul>`
  const title = waiting.length === 0 ? 'Nobody waits for you' : 'Waiting for your answer'
  return approveSlip({ title, stub: noParty(frame), body }, frame)
}

/** What the question shows. */
export interface ApprovePageModel {
  /** Sealed; field `request`. */
  readonly request: string
  readonly party: Party
  /** Shown exactly as it was sent; null where the application sent none. */
  readonly bindingMessage: string | null
  readonly account: Account
  /** The application's request: seconds since the epoch, and the network address that it came from. */
  readonly asked: { readonly at: number; readonly peer: string; readonly until: number }
  readonly now: number
  /** Whether the person has to prove again who they are before they can allow it. */
  readonly confirms: boolean
  /** What can be ticked. */
  readonly parts: readonly Part[]
  readonly lifetime: ConsentLifetime
}

/** Asks whether the application may. Nothing is allowed by coming here: only its own buttons decide. */
export function approvePage(model: ApprovePageModel, frame: Frame): Html {
  const { party, asked, bindingMessage } = model
  const message =
    bindingMessage === null
      ? nothing
      : html`<dt>These words must stand where you started</dt><dd><span class="the-words"><bdi>${bindingMessage}</bdi></span></dd>`
  const content = html`<dl class="compare">${message}
<dt>It asked</dt><dd>${agoWords(asked.at, model.now, frame.lang)}, from ${named(asked.peer)}. The request ends by itself in ${spanWords(asked.until - model.now)}.</dd></dl>
<div class="beware"><h2>Did you start this?</h2><p>${warning(bindingMessage)}</p></div>
${boxed(model.parts)}
<p class="lasts">${lifetimeWords(model.lifetime)}</p>${model.confirms ? html`<p class="lasts">You’ll be asked to confirm that it’s you before anything is allowed.</p>` : nothing}
<div class="acts">${button({ text: 'Allow', name: 'decision', value: 'allow' })}${button({ text: 'Deny', kind: 'plain', name: 'decision', value: 'deny' })}</div>`
  const body = html`<h1>Let ${named(party.name)} use your account?</h1>
${whose(model.account)}${form({ action: '/approve', hidden: { request: model.request }, content }, frame)}`
  const aside = html`<p class="quietly">You’ll be asked each time. You can end its access at any time in your account.</p>`
  return approveSlip(
    { title: `A request of ${party.name}`, stub: partyStub('Asked for by', party), body, aside },
    frame,
  )
}

function warning(bindingMessage: string | null): Html {
  const compare =
    bindingMessage === null
      ? html`It sent no words to compare, so be the more careful.`
      : html`Compare the words, letter by letter.`
  return html`If not, deny: somebody else would get into your account. ${compare} Nobody who calls you or writes to you needs you to allow anything here.`
}

/** How it ended. */
export type Outcome = 'allowed' | 'denied' | 'gone'

const outcomes: Readonly<Record<Outcome, (name: Piece) => readonly [title: string, text: Piece]>> = {
  allowed: (name) => [
    'You can go back to where you started',
    html`${name} goes on by itself within a few seconds. You can close this page.`,
  ],
  denied: (name) => [
    'Denied',
    html`${name} gets no access. If you didn’t start this, nothing has happened, and there is nothing that you have to do.`,
  ],
  gone: () => [
    'This request has ended',
    'Nothing was allowed. If you started it yourself, start again there: requests wait for a few minutes only.',
  ],
}

/** Says how it ended. @param party null where nobody waits any more */
export function approveOutcomePage(outcome: Outcome, party: Party | null, frame: Frame): Html {
  const [title, text] = outcomes[outcome](party === null ? 'The application' : named(party.name))
  const next =
    outcome === 'allowed'
      ? buttonLink('/account', 'Your account')
      : buttonLink('/approve', 'Look for other requests')
  const body = html`<h1>${title}</h1><p class="lead">${text}</p><div class="acts">${next}</div>`
  return approveSlip(
    { title, stub: party === null ? noParty(frame) : partyStub('Asked for by', party), body },
    frame,
  )
}

function approveSlip(page: Parameters<typeof slip>[0], frame: Frame): Html {
  return slip({ ...page, styles: [consentStyles, compareStyles, approveStyles] }, frame)
}

function noParty(frame: Frame): Html {
  return html`<p class="stub-for">Requests to your account at</p><p class="stub-name">${frame.host ?? frame.product}</p>`
}
