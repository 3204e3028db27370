// The part of the account page that says where a person is signed in: browsers one by one, applications together.
// Posts to /account/sessions/revoke, /account/sessions/revoke-application and /account/sessions/revoke-others.

import { button, form } from '../platform/html/form.ts'
import type { Frame } from '../platform/html/layout.ts'
import { type Html, html, nothing, type Piece } from '../platform/html/markup.ts'
import { named } from '../platform/html/party.ts'
import { agoWords, deviceWords } from '../platform/html/words.ts'
import { part } from './part.page.ts'

/** Where a person is signed in. */
export interface SessionsPartModel {
  /** Seconds since the epoch, as all times here. */
  readonly now: number
  /** This one first, then the last used first. */
  readonly browsers: readonly BrowserSession[]
  /** The last used first. */
  readonly applications: readonly SignedInApplication[]
}

/** One browser in which the person is signed in. */
export interface BrowserSession extends Place {
  readonly current: boolean
  readonly signedInAt: number
  readonly remembered: boolean
  /** What it began with, such as the name of a provider; null for a password. */
  readonly upstream: string | null
}

/** An application that is signed in by itself: on phones and devices, in programs. */
export interface SignedInApplication {
  /** Field `client`. */
  readonly clientId: string
  readonly name: string
  /** How many times it is signed in. */
  readonly count: number
  /** Some of them, the last used first. */
  readonly newest: readonly HeldSession[]
}

/** One of the times that an application is signed in. */
export interface HeldSession extends Place {
  readonly allowedAt: number
}

interface Place {
  /** Public id of the session, never its secret; field `session`. */
  readonly id: string
  readonly userAgent: string | null
  /** The network address that it came from; null where nobody knows. */
  readonly peer: string | null
  readonly lastUsedAt: number
}

/** Browsers that are listed; there may be more. */
const listedBrowsers = 10

/** The part of the account page. */
export function sessionsPart(model: SessionsPartModel, frame: Frame): Html {
  const { browsers, applications } = model
  const say = { now: model.now, frame }
  const listed = browsers.slice(0, listedBrowsers)
  const hidden = browsers.length - listed.length
  const isAlone = browsers.every(({ current }) => current) && applications.length === 0
  const all = form(
    {
      action: '/account/sessions/revoke-others',
      content: html`<div class="acts">${button({ text: 'Sign out everywhere else', kind: 'alarm' })}</div>`,
    },
    frame,
  )
  const rows = [
    listed.map((session) => browserRow(session, say)),
    hidden === 0 ? nothing : html`<li class="quietly">and ${hidden} more, used longer ago</li>`,
    applications.map((application) => applicationRow(application, say)),
  ]
  return part(
    'sessions',
    'Where you’re signed in',
    'End any that you don’t know, and change your password then.',
    [html`<ul class="rows">${rows}</ul>`, isAlone ? nothing : all],
  )
}

interface Saying {
  readonly now: number
  readonly frame: Frame
}

function browserRow(session: BrowserSession, say: Saying): Html {
  const { current, remembered, upstream } = session
  const device = deviceWords(session.userAgent)
  const since = `signed in ${ago(session.signedInAt, say)}`
  const how = upstream === null ? '' : ` with ${upstream}`
  const seen = current ? 'in use now' : `last used ${ago(session.lastUsedAt, say)}`
  const end = current ? nothing : signOutOf(session, `${device}, ${since}`, say)
  return html`<li><div class="what"><strong>${device}</strong>${current ? html` <span class="tag">this device</span>` : nothing}<p class="quietly">${capital(since)}${how}, ${seen}${remembered ? '; kept signed in' : ''}</p>${placeWords(session)}</div>${end}</li>`
}

function applicationRow(application: SignedInApplication, say: Saying): Html {
  const { clientId, name, count, newest } = application
  const [last] = newest
  if (count === 1 && last !== undefined) {
    const since = `allowed ${ago(last.allowedAt, say)}`
    return html`<li><div class="what"><strong>${named(name)}, on a device</strong><p class="quietly">${onWhat(last)}${capital(since)}, last used ${ago(last.lastUsedAt, say)}</p>${placeWords(last)}</div>${signOutOf(last, `${name}, on a device, ${since}`, say)}</li>`
  }
  const text = `Sign out of all ${count}`
  const end = form(
    {
      action: '/account/sessions/revoke-application',
      hidden: { client: clientId },
      content: button({ text, kind: 'quiet', label: `${text}: ${name}` }),
    },
    say.frame,
  )
  const used = last === undefined ? '' : `, last used ${ago(last.lastUsedAt, say)}`
  return html`<li><div class="what"><strong>${named(name)}</strong><p class="quietly">Signed in ${count} times${used}</p></div>${end}${eachOf(application, say)}</li>`
}

function eachOf({ name, count, newest }: SignedInApplication, say: Saying): Html {
  const rows = newest.map((held) => {
    const device = deviceWords(held.userAgent)
    const since = `allowed ${ago(held.allowedAt, say)}`
    return html`<li><div class="what"><strong>${device}</strong><p class="quietly">${capital(since)}, last used ${ago(held.lastUsedAt, say)}</p>${placeWords(held)}</div>${signOutOf(held, `${name}, ${device}, ${since}`, say)}</li>`
  })
  const hidden = count - newest.length
  const more = hidden === 0 ? nothing : html`<li class="quietly">and ${hidden} more, used longer ago</li>`
  const words = hidden === 0 ? 'One by one' : `One by one, the last ${newest.length}`
  return html`<details class="each"><summary>${words}<span class="unseen"> of ${name}</span></summary><ul class="rows">${rows}${more}</ul></details>`
}

/** On what it runs, where that is known. */
function onWhat({ userAgent }: Place): Piece {
  const device = deviceWords(userAgent)
  return device === deviceWords(null) ? nothing : `${device}. `
}

function signOutOf({ id }: Place, which: string, { frame }: Saying): Html {
  const content = button({ text: 'Sign out', kind: 'quiet', label: `Sign out ${which}` })
  return form({ action: '/account/sessions/revoke', hidden: { session: id }, content }, frame)
}

function placeWords({ peer }: Place): Piece {
  return peer === null ? nothing : html`<p class="quietly">Network address ${named(peer)}</p>`
}

function ago(at: number, { now, frame }: Saying): string {
  return agoWords(at, now, frame.lang)
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1)
}
