// The form_post response (OAuth 2.0 Form Post Response Mode §2): a form that sends itself to the client, with
// a button for browsers without script. It carries no form token: it leaves this server.
import { hiddenFields } from '../../platform/html/form.ts'
import { type Frame, slip } from '../../platform/html/layout.ts'
import { type Html, html, trusted } from '../../platform/html/markup.ts'
import { named } from '../../platform/html/party.ts'

/** Where the form goes, and what is in it. */
export interface FormPostPageModel {
  /** The proven redirect URI; http or https. */
  readonly action: string
  /** The response parameters: code, state, iss, or error, error_description. */
  readonly fields: Readonly<Record<string, string | undefined>>
  /** Name of the client. */
  readonly client: string
}

/**
 * The page that posts an authorization response to the client. Its Content-Security-Policy must let forms go there.
 *
 * @throws TypeError when the action is not http or https: a bug of ours.
 */
export function formPostPage(model: FormPostPageModel, frame: Frame): Html {
  if (!/^https?:\/\//i.test(model.action))
    throw new TypeError('A form_post response goes to an http or https address.')
  const body = html`<h1>Back to ${named(model.client)}</h1>
<p class="lead">You are on your way. If nothing happens, press the button.</p>
<form method="post" action="${model.action}" id="response">${hiddenFields(model.fields)}<div class="acts"><button type="submit" class="button main">Continue</button></div></form>
<script nonce="${frame.nonce}">${trusted("document.getElementById('response').submit()")}</script>`
  const stub = html`<p class="stub-for">Going back to</p><p class="stub-name">${model.client}</p>`
  return slip({ title: `Back to ${model.client}`, stub, body }, frame)
}
