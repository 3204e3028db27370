// The token inspector: reads a token in the browser and sends nothing anywhere. Served in development at /dev/inspect,
// and written as one file that works from a disk.
import { hash } from 'node:crypto'
import { type Frame, type Sheet, sheet } from '../../platform/html/layout.ts'
import { type Html, html, nothing } from '../../platform/html/markup.ts'
import { productName } from '../../platform/platform.ts'
import { inspectorStyles } from './inspector-styles.ts'

/** The server that shows the page; its own values can be filled in by a button. */
export interface OwnServer {
  readonly issuer: string
  /** Its public keys, as a JWK Set. */
  readonly keys: string
}

/**
 * What the page may do: run its own script, and nothing that reaches beyond it. No request, no form, no frame.
 *
 * @param own what names the script and the style: a nonce or hashes
 */
function policyOf(own: { readonly script: string; readonly style: string }): string {
  return [
    "default-src 'none'",
    `script-src '${own.script}'`,
    `style-src '${own.style}'`,
    'img-src data:',
    "connect-src 'none'",
    "form-action 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ')
}

/** The policy of the page as the server shows it. */
export function servedPolicy(nonce: string): string {
  return `${policyOf({ script: `nonce-${nonce}`, style: `nonce-${nonce}` })}; frame-ancestors 'none'`
}

/** The page as the server shows it. @param script the bundle of inspector.browser.ts */
export function inspectorPage(script: string, own: OwnServer, frame: Frame): Html {
  return sheet({ ...pageOf(own), corner: html`<span>development</span>`, script }, frame)
}

/** The page as one file. Its policy stands in it, and names script and style by their hashes. */
export function inspectorFile(script: string): string {
  const frame = { nonce: '', lang: 'en', csrf: '', product: productName }
  const write = (policy: string): string =>
    String(sheet({ ...pageOf(null), script, alone: { policy } }, frame))
  const style = /<style>(.*?)<\/style>/s.exec(write(''))?.[1] ?? ''
  return write(policyOf({ script: sha256(script), style: sha256(style) }))
}

const sha256 = (text: string): string => `sha256-${hash('sha256', text, 'base64')}`

function pageOf(own: OwnServer | null): Sheet {
  return { title: 'Token inspector', body: bodyOf(own), styles: [inspectorStyles] }
}

// Spelling helpers and translators of browsers send what they read to their makers: they are told to stay away.
function bodyOf(own: OwnServer | null): Html {
  return html`<h1>Look into a token</h1>
<p class="lead">Paste a JSON Web Token to see what it says, and what is wrong with it. It is read by this page alone: nothing is sent anywhere and nothing is kept.</p>
<noscript><p class="notice">The page reads tokens with a script, so it needs JavaScript.</p></noscript>
<div class="desk" translate="no">
<section class="given" aria-label="Token"><label for="token">Token</label>
<div class="paper"><div id="ink" class="ink" aria-hidden="true"></div><textarea id="token" rows="7" spellcheck="false" autocomplete="off" autocapitalize="none" autocorrect="off" aria-describedby="token-hint"></textarea></div>
<p class="hint" id="token-hint"><span class="key-1">Header</span> · <span class="key-2">Claims</span> · <span class="key-3">Signature</span></p></section>
<section class="found" aria-label="Result"><div id="verdict" class="verdict" role="status"><h2>Three parts</h2><p>The <span class="key-1">header</span> says how a token is signed, the <span class="key-2">claims</span> what it says. Anybody can read both, and anybody can write them.</p><p>The <span class="key-3">signature</span> only its issuer can make. It no longer fits when a single character of the rest is changed.</p></div><ul id="checks" class="checks"></ul></section>
<section class="against" aria-labelledby="against"><div class="against-head"><h2 id="against">Check it against</h2>${own === null ? nothing : html`<button type="button" class="button quiet" id="own" data-issuer="${own.issuer}" data-keys="${own.keys}">This server’s issuer and keys</button>`}</div>
<div class="field"><label for="key">Key <span class="optional">optional</span></label><textarea id="key" rows="4" spellcheck="false" autocomplete="off" autocapitalize="none" autocorrect="off" aria-describedby="key-hint"></textarea><p class="hint" id="key-hint">The issuer’s public key, as JWK, JWK Set or PEM, or a shared secret. It is never fetched: copy what the issuer publishes at its <code>jwks_uri</code>.</p></div>
<div class="pair"><div class="field"><label for="issuer">Issuer <span class="optional">optional</span></label><input id="issuer" type="text" spellcheck="false" autocomplete="off" autocapitalize="none"></div>
<div class="field"><label for="audience">Audience <span class="optional">optional</span></label><input id="audience" type="text" spellcheck="false" autocomplete="off" autocapitalize="none"></div></div></section>
</div>
<div id="parts" translate="no"></div>`
}
