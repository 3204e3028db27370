// Second factors on a person's own pages: the part of the account page, setting an authenticator application up, and the
// recovery codes, which are shown once. Posts to /account/factors/set-up, /confirm, /remove and /codes.
import { encode } from 'uqr'
import { button, buttonLink, field, form, link } from '../../platform/html/form.ts'
import { type Frame, slip } from '../../platform/html/layout.ts'
import { type Html, html, nothing } from '../../platform/html/markup.ts'
import { errorSummary, type Problem } from '../../platform/html/problems.ts'
import { factorStyles } from '../../platform/html/stylesheet.ts'
import { agoWords } from '../../platform/html/words.ts'
import { part } from '../part.page.ts'
import type { Enrolment } from './enrolment.ts'

/** What the account page shows of second factors. */
export interface FactorsPartModel {
  /** Seconds since the epoch. */
  readonly now: number
  /** Since when there is an authenticator application; null without one. */
  readonly totpSince: number | null
  readonly codesLeft: number
  /** Whether nobody may be without one. */
  readonly required: boolean
}

/** Recovery codes left at which a person is told to make new ones. */
const few = 3

/** The part of the account page. */
export function factorsPart(model: FactorsPartModel, frame: Frame): Html {
  const { totpSince, now, required } = model
  const title = 'Second factor'
  if (totpSince === null) {
    const words = 'With a code from your phone beside your password, a stolen password opens nothing.'
    return part('second-factor', title, words, [
      html`<p class="quietly">You have none.</p>`,
      act('/account/factors/set-up', 'Set up an authenticator app', frame),
    ])
  }
  const rows = [
    html`<li><div class="what"><strong>Authenticator app</strong> <span class="tag">on</span><p class="quietly">Set up ${agoWords(totpSince, now, frame.lang)}</p></div>
${small('/account/factors/set-up', 'Move to another app', frame)}${required ? nothing : small('/account/factors/remove', 'Turn off', frame, 'Turn off the authenticator app')}</li>`,
    html`<li><div class="what"><strong>Recovery codes</strong><p class="quietly">${leftWords(model.codesLeft)}</p></div>${small('/account/factors/codes', 'Make new ones', frame, 'Make new ones: recovery codes')}</li>`,
  ]
  return part(
    'second-factor',
    title,
    'You are asked for a code whenever you sign in.',
    html`<ul class="rows">${rows}</ul>`,
  )
}

function leftWords(left: number): string {
  if (left === 0) return 'None left. Make new ones, so that a lost phone doesn’t lock you out.'
  const words = left === 1 ? 'One left.' : `${left} left.`
  return left <= few ? `${words} Make new ones before they run out.` : words
}

function act(action: string, text: string, frame: Frame): Html {
  return form({ action, content: html`<div class="acts">${button({ text, kind: 'plain' })}</div>` }, frame)
}

function small(action: string, text: string, frame: Frame, label?: string): Html {
  return form({ action, content: button({ text, kind: 'quiet', label }) }, frame)
}

/** The words of what can be wrong with the first code. */
export const setUpProblems = {
  missing: { field: 'otp', message: 'Enter the code that the app shows' },
  wrong: {
    field: 'otp',
    message:
      'This isn’t the code of the new entry. Check that the phone’s clock is right, and type the code it shows now',
  },
} as const satisfies Record<string, Problem>

/** What the page that sets an application up shows. */
export interface SetUpPageModel {
  readonly account: { readonly name: string; readonly username: string }
  readonly enrolment: Enrolment
  /** Where the form posts: `otp`, and the hidden fields. */
  readonly action: string
  readonly hidden: Readonly<Record<string, string>>
  /** Local address for not doing it; null where it has to be done. */
  readonly cancel: string | null
  /** Another second factor to set up instead. */
  readonly instead?: { readonly address: string; readonly text: string } | undefined
  readonly problems: readonly Problem[]
}

/** The page that shows a new secret and asks for its first code. */
export function setUpPage(model: SetUpPageModel, frame: Frame): Html {
  const { account, enrolment, problems, cancel, instead } = model
  const must = cancel === null
  const content = [
    field({
      name: 'otp',
      label: 'Code that the app shows now',
      autocomplete: 'one-time-code',
      numeric: true,
      maxlength: 16,
      problems,
    }),
    html`<div class="acts">${button({ text: 'Turn on' })}${must ? nothing : buttonLink(cancel, 'Cancel')}</div>`,
  ]
  const body = html`<h1>Set up your authenticator app</h1>
<p class="lead">${must ? 'Here, everybody confirms each sign-in with a second step. ' : ''}Scan this with an authenticator app: Google or Microsoft Authenticator, Aegis, 2FAS, or your password manager.</p>
${errorSummary(problems)}
<div class="scan">${qrCode(enrolment.address)}<div><h2>Can’t scan it?</h2><p class="quietly">On this device, <a href="${trustedAddress(enrolment.address)}">open your app</a>. Or type this key into it:</p><p class="key digits">${enrolment.secret}</p><p class="quietly">Codes change every 30 seconds and have six digits.</p></div></div>
${form({ action: model.action, hidden: { ticket: enrolment.ticket, ...model.hidden }, content }, frame)}`
  const stub = html`<p class="stub-for">Second factor for</p><p class="stub-name">${account.name}</p><p class="stub-place">${account.username}</p>`
  return slip(
    {
      title: 'Set up your authenticator app',
      hasProblems: problems.length > 0,
      stub,
      body,
      ...(instead !== undefined && { aside: html`<p>${link(instead.address, instead.text)}</p>` }),
      styles: [factorStyles],
    },
    frame,
  )
}

/** What the page of new recovery codes shows. */
export interface CodesPageModel {
  readonly account: { readonly name: string; readonly username: string }
  readonly codes: readonly string[]
  /** Where the person goes on. */
  readonly next: string
  /** Whether a factor was turned on by this. */
  readonly turnedOn: boolean
}

/** The page of new recovery codes, which nobody sees again. */
export function codesPage(model: CodesPageModel, frame: Frame): Html {
  const { account, codes, next, turnedOn } = model
  const body = html`<h1>Your recovery codes</h1>
<p class="lead">${turnedOn ? 'Your second factor is on. ' : 'Any older codes no longer work. '}If your phone is lost or broken, one of these lets you in instead. Each works once.</p>
<ol class="codes digits" aria-label="Recovery codes">${codes.map((code) => html`<li>${code}</li>`)}</ol>
<p class="hint">Print this page, or copy them to where you keep passwords, away from that phone. They are not shown again.</p>
<div class="acts">${buttonLink(next, 'I have put them away', 'main')}</div>`
  const stub = html`<p class="stub-for">Recovery codes for</p><p class="stub-name">${account.name}</p><p class="stub-place">${account.username}</p>`
  return slip({ title: 'Your recovery codes', stub, body, styles: [factorStyles] }, frame)
}

/** A QR code as black and white paths, in dark pages too: cameras want it so. */
function qrCode(text: string): Html {
  const quiet = 4
  const { data, size } = encode(text, { ecc: 'L', border: quiet })
  const runs = data.flatMap((row, y) =>
    runsOf(row).map(([x, length]) => `M${x} ${y}h${length}v1h-${length}z`),
  )
  return html`<svg class="qr" viewBox="0 0 ${size} ${size}" role="img" aria-label="QR code with the key" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${size}v${size}h-${size}z"/><path fill="#000" d="${runs.join('')}"/></svg>`
}

/** Where dark modules follow each other: the first and how many. */
function runsOf(row: readonly boolean[]): readonly (readonly [number, number])[] {
  const runs: [number, number][] = []
  row.forEach((isDark, x) => {
    if (!isDark) return
    const last = runs.at(-1)
    if (last !== undefined && last[0] + last[1] === x) last[1] += 1
    else runs.push([x, 1])
  })
  return runs
}

/** The one scheme that a link of ours may have beside our own paths, made by ourselves. */
function trustedAddress(address: string): string {
  if (!address.startsWith('otpauth://totp/')) throw new TypeError('This is no address of a secret.')
  return address
}
