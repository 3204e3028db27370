// The page on the way out (OpenID Connect Front-Channel Logout 1.0 §3): loads a page of each client in a frame that
// nobody sees, and goes on. By script as soon as all are there, or after three seconds; without script by the answer's
// Refresh header, which browsers heed once all are there, or by the button.
import { type Frame, slip } from '../../platform/html/layout.ts'
import { type Html, html, trusted } from '../../platform/html/markup.ts'
import type { SafeLocation } from '../../platform/http/exchange.ts'

/** What the page loads, and where it goes on. */
export interface FarewellPageModel {
  readonly frames: readonly string[]
  readonly next: SafeLocation
}

/** Milliseconds that a client may take, before the page goes on without it. */
const patienceMs = 3000

// Their pages may run, and look into what their own origin keeps; they can't take the place of ours.
const frame = (address: string): Html =>
  html`<iframe hidden title="Signing out" sandbox="allow-scripts allow-same-origin" src="${address}"></iframe>`

const goOn = `const on=()=>location.replace(document.querySelector('a.main').href);addEventListener('load',on);setTimeout(on,${patienceMs})`

/** Says that the session has ended, and tells the clients. Its Content-Security-Policy must let them be framed. */
export function farewellPage({ frames, next }: FarewellPageModel, page: Frame): Html {
  const body = html`<script nonce="${page.nonce}">${trusted(goOn)}</script><h1>You are signed out</h1>
<p class="lead">Your session in this browser has ended. The applications that you used here are being told, which takes a moment.</p>
<div class="acts"><a class="button main" href="${next}">Continue</a></div>
${frames.map(frame)}`
  const stub = html`<p class="stub-for">Signed out of</p><p class="stub-name">${page.host ?? page.product}</p>`
  return slip({ title: 'Signed out', stub, body }, page)
}
