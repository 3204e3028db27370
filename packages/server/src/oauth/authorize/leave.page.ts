// Before somebody is sent on with an error to an address that nobody here vouches for (RFC 9700 §4.11.2): where they would
// get to is said, and going there is up to them.
import { hiddenFields } from '../../platform/html/form.ts'
import { type Frame, slip } from '../../platform/html/layout.ts'
import { type Html, html } from '../../platform/html/markup.ts'
import { named, type Party, partyStub } from '../../platform/html/party.ts'
import { compareStyles } from '../polling/compare-styles.ts'

/** What the page says, and where its button leads. */
export interface LeavePageModel {
  readonly party: Party
  /** The proven redirect URI's host. */
  readonly host: string
  /** The code of the error. */
  readonly code: string
  /** An address with the answer in it, or one that the answer is posted to. */
  readonly way: string | { readonly action: string; readonly fields: Readonly<Record<string, string>> }
}

/** The page for whoever was sent here with a request that can't be answered. */
export function leavePage({ party, host, code, way }: LeavePageModel, frame: Frame): Html {
  const words = `Go on to ${host}`
  const button =
    typeof way === 'string'
      ? html`<div class="acts"><a class="button plain" href="${way}" rel="noreferrer">${words}</a></div>`
      : html`<form method="post" action="${way.action}">${hiddenFields(way.fields)}<div class="acts"><button type="submit" class="button plain">${words}</button></div></form>`
  const body = html`<h1>This request can’t be answered</h1>
<p class="lead">${named(party.name)} sent you here with a request that doesn’t work, and gets nothing from your account. It wants you at <strong>${named(host)}</strong> next.</p>
<div class="beware"><h2>Did you come from there?</h2><p>If not, close this page. Nobody here knows who runs that site: never type the password of this account anywhere but here.</p></div>
${button}`
  const stub = html`${partyStub('Sent by', party)}<p class="stub-code"><code>${code}</code></p>`
  return slip({ title: 'This request can’t be answered', stub, body, styles: [compareStyles] }, frame)
}
