// The pages of /device (RFC 8628 §3.3): a person enters the code that a device shows, compares what asks and from where,
// and allows or denies. §5.4: whoever asks may be somebody else's device, so every page says when not to go on.
// Fields: user_code; then request (sealed) with decision=allow or decision=deny. Both post to /device.
import { button, buttonLink, field, form } from '../../platform/html/form.ts'
import { type Frame, slip } from '../../platform/html/layout.ts'
import { type Html, html, type Piece } from '../../platform/html/markup.ts'
import { named, type Party, partyStub } from '../../platform/html/party.ts'
import { errorSummary, type Problem } from '../../platform/html/problems.ts'
import { consentStyles } from '../../platform/html/stylesheet.ts'
import { agoWords, deviceWords } from '../../platform/html/words.ts'
import type { Part } from '../authorize/boxes.ts'
import { boxed, type ConsentLifetime } from '../authorize/consent.page.ts'
import { compareStyles } from '../polling/compare-styles.ts'
import { type Account, lifetimeWords, whose } from '../polling/parts.page.ts'
import { deviceStyles } from './device-styles.ts'

/** What the page that takes a code shows. */
export interface CodePageModel {
  /** Spelled as on the device; what somebody typed where it is none. */
  readonly code?: string | undefined
  readonly account: Account
  readonly problems: readonly Problem[]
}

/** The words of each problem, once. One answer for codes that are unknown, expired, used, or somebody else's. */
export const codeProblems = {
  missing: { field: 'user_code', message: 'Enter the code that your device shows' },
  wrong: {
    field: 'user_code',
    message:
      'No device waits with this code. Compare it, or let the device show a new one: codes are short-lived',
  },
} as const satisfies Record<string, Problem>

/** Asks for the code. */
export function codePage(model: CodePageModel, frame: Frame): Html {
  const known = model.code !== undefined && model.code !== ''
  const fresh = model.problems.length === 0
  const content = [
    field({
      name: 'user_code',
      label: known && fresh ? 'Is this the code that your device shows?' : 'Code',
      autocomplete: 'off',
      value: model.code,
      problems: model.problems,
      autofocus: fresh && !known,
      maxlength: 64,
      copied: true,
      hint: 'Eight letters. Capitals, spaces and dashes don’t matter.',
    }),
    html`<div class="acts">${button({ text: 'Continue' })}</div>`,
  ]
  const body = html`<h1>Connect a device</h1>
<p class="lead">A television, a program in a terminal, a printer: whatever has no browser of its own shows a code, and you enter it here.</p>
${whose(model.account)}${errorSummary(model.problems)}
${form({ action: '/device', content }, frame)}`
  const aside = html`<p class="quietly">Enter a code only from a device that you have just set up yourself. Nobody who calls you or writes to you needs you to enter one.</p>`
  return deviceSlip(
    { title: 'Connect a device', hasProblems: !fresh, stub: noParty(frame), body, aside },
    frame,
  )
}

/** What the question shows. */
export interface DevicePageModel {
  /** Sealed; field `request`. */
  readonly request: string
  /** The client that runs on the device. */
  readonly party: Party
  /** Spelled as on the device. */
  readonly code: string
  readonly account: Account
  /** The device's request: seconds since the epoch, its network address, its User-Agent. */
  readonly asked: { readonly at: number; readonly peer: string; readonly userAgent: string | null }
  readonly now: number
  /** Whether it came from the network that this browser is in; null where that can't be told. */
  readonly sameNetwork: boolean | null
  /** What can be ticked. */
  readonly parts: readonly Part[]
  readonly lifetime: ConsentLifetime
}

/** Asks whether the device may. Nothing is allowed by coming here: only its own buttons decide. */
export function devicePage(model: DevicePageModel, frame: Frame): Html {
  const { party, asked } = model
  const content = html`<dl class="compare"><dt>The device must show this code</dt><dd><span class="the-code">${model.code}</span></dd>
<dt>It asked</dt><dd>${agoWords(asked.at, model.now, frame.lang)}${programWords(asked.userAgent)}, from ${named(asked.peer)}${networkWords(model.sameNetwork)}</dd></dl>
<div class="beware"><h2>Did somebody send you the code?</h2><p>Then deny. Allowing it signs <em>their</em> device in as you. Allow it only if you have just started this yourself and the code is the same.</p></div>
${boxed(model.parts)}
<p class="lasts">${lifetimeWords(model.lifetime)}</p>
<div class="acts">${button({ text: 'Allow', name: 'decision', value: 'allow' })}${button({ text: 'Deny', kind: 'plain', name: 'decision', value: 'deny' })}</div>`
  const body = html`<h1>Let ${named(party.name)} use your account?</h1>
${whose(model.account)}${form({ action: '/device', hidden: { request: model.request }, content }, frame)}`
  const aside = html`<p class="quietly">You’ll be asked each time a device is connected. You can end its access at any time in your account.</p>`
  return deviceSlip(
    { title: `A device with ${party.name}`, stub: partyStub('Asked for by', party), body, aside },
    frame,
  )
}

/** How it ended. */
export type Outcome = 'allowed' | 'denied' | 'gone'

const outcomes: Readonly<Record<Outcome, (name: Piece) => readonly [title: string, text: Piece]>> = {
  allowed: (name) => [
    'You can go back to your device',
    html`${name} is connected: within a few seconds the device goes on by itself. You can close this page.`,
  ],
  denied: (name) => [
    'Denied',
    html`${name} gets no access. If somebody sent you the code, nothing has happened, and there is nothing that you have to do.`,
  ],
  gone: () => [
    'This code has expired',
    'Nothing was allowed. Start again on the device: it shows a new code, which is good for a few minutes.',
  ],
}

/** Says how it ended. @param party null where nobody waits any more */
export function outcomePage(outcome: Outcome, party: Party | null, frame: Frame): Html {
  const [title, text] = outcomes[outcome](party === null ? 'The device' : named(party.name))
  const next =
    outcome === 'allowed'
      ? buttonLink('/account', 'Your account')
      : buttonLink('/device', 'Enter another code')
  const body = html`<h1>${title}</h1><p class="lead">${text}</p><div class="acts">${next}</div>`
  return deviceSlip(
    { title, stub: party === null ? noParty(frame) : partyStub('Asked for by', party), body },
    frame,
  )
}

function deviceSlip(page: Parameters<typeof slip>[0], frame: Frame): Html {
  return slip({ ...page, styles: [consentStyles, compareStyles, deviceStyles] }, frame)
}

function noParty(frame: Frame): Html {
  return html`<p class="stub-for">A device for your account at</p><p class="stub-name">${frame.host ?? frame.product}</p>`
}

function programWords(userAgent: string | null): string {
  const words = deviceWords(userAgent)
  return words === deviceWords(null) ? '' : `, by ${words}`
}

function networkWords(same: boolean | null): Piece {
  if (same === null) return '.'
  return same
    ? ', the network that you are in.'
    : html`. <strong>That is another network than yours</strong>: ordinary if this browser uses mobile data, otherwise a reason to deny.`
}
