// Consent (OAuth 2.1 §4.1.1, RFC 9700 §4.14, RFC 9396 §3; AZ-21): names the client and where it runs, each thing that it
// asks for in words and with a box, the API, how long access lasts, and the account. Posts decision=allow or decision=deny
// to /oauth/authorize, and beside it the boxes that are ticked.
import { button, form, link } from '../../platform/html/form.ts'
import { type Frame, slip } from '../../platform/html/layout.ts'
import { monogram } from '../../platform/html/mark.ts'
import { type Html, html, nothing } from '../../platform/html/markup.ts'
import { named, type Party, partyStub } from '../../platform/html/party.ts'
import { consentStyles } from '../../platform/html/stylesheet.ts'
import { spanWords } from '../../platform/html/words.ts'
import type { DetailWords } from '../details/words.ts'
import type { Box, BoxList, Part } from './boxes.ts'
import { choosing } from './items.ts'

/** What the consent page shows. */
export interface ConsentPageModel {
  /** Sealed reference to the stored request; field `flow`. */
  readonly flow: string
  readonly client: Party
  readonly account: { readonly name: string; readonly email?: string | null | undefined }
  /** Local address to use another account. */
  readonly notYou: string
  /** What can be ticked. */
  readonly parts: readonly Part[]
  /** What was given before and is not asked again, in words. */
  readonly already: readonly string[]
  readonly lifetime: ConsentLifetime
  /** True when the answer is remembered, but for boxes of `eachTime`; false when the client will ask each time. */
  readonly remembers: boolean
}

/** How long access lasts, in seconds. `offline` when a refresh token goes with it. */
export interface ConsentLifetime {
  readonly accessSeconds: number
  readonly offline: { readonly idleSeconds: number; readonly absoluteSeconds: number } | null
}

/** The page that asks whether a client may. */
export function consentPage(model: ConsentPageModel, frame: Frame): Html {
  const { client, account, already } = model
  const content = html`${boxed(model.parts)}
${already.length === 0 ? nothing : html`<p class="already"><strong>You have allowed before:</strong> ${already.join(' · ')}</p>`}
<p class="lasts">${lifetimeWords(model)}</p>
<div class="acts">${button({ text: 'Allow', name: 'decision', value: 'allow' })}${button({ text: 'Deny', kind: 'plain', name: 'decision', value: 'deny' })}</div>`
  const more = already.length === 0 ? 'access' : 'more access'
  const body = html`<h1>Give ${named(client.name)} ${more} to your account?</h1>
<p class="whose">${monogram(account.name)}<span>As <strong>${named(account.name)}</strong>${account.email ? html`, ${named(account.email)}` : nothing}. ${link(model.notYou, 'Not\u00a0you?')}</span></p>
${form({ action: '/oauth/authorize', hidden: { flow: model.flow }, content }, frame)}`
  return slip(
    {
      title: `Access for ${client.name}`,
      stub: partyStub('Asked for by', client),
      body,
      aside: asideWords(model),
      styles: [consentStyles],
    },
    frame,
  )
}

function hint(parts: readonly Part[]): Html {
  const free = parts.some(({ boxes }) => boxes.some(({ required }) => !required))
  return free ? html`<p class="lead">Untick whatever it should not get.</p>` : nothing
}

/**
 * What can be ticked, as fields of a form. A hidden box that is always ticked says that there are boxes: who sends the
 * button alone allows all of it, who sends the form allows what is ticked.
 */
export function boxed(parts: readonly Part[]): Html {
  return html`${hint(parts)}<input type="checkbox" name="${choosing}" value="yes" checked hidden>${parts.map(
    ({ api, boxes }) =>
      html`<fieldset class="gives"><legend>${api === null ? 'It will be able to' : html`At ${named(api.name ?? api.identifier)}`}</legend>${api === null || api.name === null ? nothing : html`<p class="quietly">${api.identifier}</p>`}${boxes.map(boxRow)}</fieldset>`,
  )}`
}

function boxRow({ key, title, detail, facts, required, ticked, lists }: Box): Html {
  const hint = required
    ? 'Needed, so that it knows who you are. To give nothing at all, choose Deny.'
    : detail
  const describedBy = hint === null ? nothing : html` aria-describedby="${key}-hint"`
  const state = required
    ? html` checked disabled`
    : html` name="${key}" value="yes"${ticked ? html` checked` : nothing}`
  return html`<div class="box"><input type="checkbox" id="${key}"${state}${describedBy}><div><label for="${key}">${title}</label>${
    hint === null ? nothing : html`<p class="quietly" id="${key}-hint">${hint}</p>`
  }${factList(facts)}${lists.map(pickList)}</div></div>`
}

function pickList({ label, elements }: BoxList): Html {
  return html`<fieldset class="pick-list"><legend class="quietly">${label}</legend>${elements.map(
    ({ key, text }) =>
      html`<div class="box"><input type="checkbox" id="${key}" name="${key}" value="yes" checked><label for="${key}">${text}</label></div>`,
  )}</fieldset>`
}

function factList(facts: DetailWords['facts']): Html {
  if (facts.length === 0) return nothing
  return html`<dl class="terms">${facts.map(({ label, text }) => html`<dt>${label}</dt><dd>${text}</dd>`)}</dl>`
}

function lifetimeWords({ lifetime, parts }: ConsentPageModel): string {
  const { accessSeconds, offline } = lifetime
  const isAsked = parts.some(({ boxes }) => boxes.some(({ key }) => key === 'scope:offline_access'))
  if (offline === null)
    return `Access lasts ${spanWords(accessSeconds)} at a time, and is renewed only while you are signed in here.`
  const what = isAsked ? 'If you let it keep access, that' : 'Access'
  return `${what} lasts up to ${spanWords(offline.absoluteSeconds)}. It ends sooner if it isn’t used for ${spanWords(offline.idleSeconds)}, or when you sign out.`
}

function asideWords({ client, parts, remembers }: ConsentPageModel): Html {
  const known = remembers
    ? rememberedWords(parts.flatMap(({ boxes }) => boxes))
    : client.runs === 'this-computer'
      ? 'You’ll be asked each time: any program on a computer can pose as this one. Allow it only if you have just started it.'
      : 'You’ll be asked each time.'
  return html`<p class="quietly">${known} You can withdraw access at any time in your account.</p>`
}

function rememberedWords(boxes: readonly Box[]): string {
  if (boxes.every(({ eachTime }) => eachTime)) return 'You’ll be asked each time.'
  return boxes.some(({ eachTime }) => eachTime)
    ? 'Except for what says so, you won’t be asked again for the same access.'
    : 'You won’t be asked again for the same access.'
}
