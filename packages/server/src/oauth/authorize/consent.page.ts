// Consent (OAuth 2.1 §4.1.1, RFC 9700 §4.14; AZ-21): names the client and where it runs, each scope in
// words, the API, how long access lasts, and the account. Posts decision=allow or decision=deny to /oauth/authorize.
import { button, form, link } from '../../platform/html/form.ts'
import { type Frame, slip } from '../../platform/html/layout.ts'
import { monogram } from '../../platform/html/mark.ts'
import { type Html, html, nothing, type Piece } from '../../platform/html/markup.ts'
import { named, type Party, partyLinks, placeWords } from '../../platform/html/party.ts'
import { consentStyles } from '../../platform/html/stylesheet.ts'
import { spanWords } from '../../platform/html/words.ts'
import { identityWords } from './identity-words.ts'

/** What the consent page shows. */
export interface ConsentPageModel {
  /** Sealed reference to the stored request; field `flow`. */
  readonly flow: string
  readonly client: Party
  readonly account: { readonly name: string; readonly email?: string | null | undefined }
  /** Local address to use another account. */
  readonly notYou: string
  /** OpenID Connect scopes asked for, such as openid, profile, offline_access. */
  readonly identityScopes: readonly string[]
  readonly apis: readonly ConsentApi[]
  readonly lifetime: ConsentLifetime
  /** True when the answer is remembered; false when the client will ask each time. */
  readonly remembered: boolean
}

/** One API that access is asked to. */
export interface ConsentApi {
  readonly name: string | null
  readonly identifier: string
  readonly scopes: readonly { readonly scope: string; readonly description: string | null }[]
}

/** How long access lasts, in seconds. `offline` when a refresh token goes with it. */
export interface ConsentLifetime {
  readonly accessSeconds: number
  readonly offline: { readonly idleSeconds: number; readonly absoluteSeconds: number } | null
}

/** The page that asks whether a client may. */
export function consentPage(model: ConsentPageModel, frame: Frame): Html {
  const { client, account } = model
  const content = html`${givenParts(model.identityScopes, model.apis)}
<p class="lasts">${lifetimeWords(model.lifetime)}</p>
<div class="acts">${button({ text: 'Allow', name: 'decision', value: 'allow' })}${button({ text: 'Deny', kind: 'plain', name: 'decision', value: 'deny' })}</div>`
  const body = html`<h1>Give ${named(client.name)} access to your account?</h1>
<p class="whose">${monogram(account.name)}<span>As <strong>${named(account.name)}</strong>${account.email ? html`, ${named(account.email)}` : nothing}. ${link(model.notYou, 'Not you?')}</span></p>
${form({ action: '/oauth/authorize', hidden: { flow: model.flow }, content }, frame)}`
  const stub = html`<p class="stub-for">Asked for by</p><p class="stub-name">${client.name}</p><p class="stub-place">${placeWords(client)}</p>${partyLinks(client)}`
  return slip(
    { title: `Access for ${client.name}`, stub, body, aside: asideWords(model), styles: [consentStyles] },
    frame,
  )
}

/** What is given away, in words. @param own what is to be said of a scope instead of the usual */
export function givenParts(
  scopes: readonly string[],
  apis: readonly ConsentApi[],
  own: Readonly<Record<string, readonly [title: string, detail: string]>> = {},
): Html {
  return html`${identityPart(scopes, own)}${apis.map(apiPart)}`
}

function identityPart(
  scopes: readonly string[],
  own: Readonly<Record<string, readonly [title: string, detail: string]>>,
): Piece {
  if (scopes.length === 0) return nothing
  const items = scopes.map((scope) => {
    const words = own[scope] ?? identityWords.get(scope)
    return words === undefined ? scopeItem(scope, null) : scopeItem(words[0], words[1])
  })
  return html`<h2 class="gives">It will be able to</h2><ul class="scopes">${items}</ul>`
}

function apiPart(api: ConsentApi): Piece {
  const items = api.scopes.map(({ scope, description }) =>
    scopeItem(description ?? scope, description === null ? null : scope),
  )
  return html`<h2 class="gives">At ${named(api.name ?? api.identifier)}</h2>${api.name === null ? nothing : html`<p class="quietly">${api.identifier}</p>`}<ul class="scopes">${items}</ul>`
}

function scopeItem(title: string, detail: string | null): Html {
  return html`<li><span>${title}</span>${detail ? html`<span class="quietly">${detail}</span>` : nothing}</li>`
}

function lifetimeWords(lifetime: ConsentLifetime): string {
  const { accessSeconds, offline } = lifetime
  if (offline === null)
    return `Access lasts ${spanWords(accessSeconds)} at a time, and is renewed only while you are signed in here.`
  return `Access lasts up to ${spanWords(offline.absoluteSeconds)}. It ends sooner if it isn’t used for ${spanWords(offline.idleSeconds)}, or when you sign out.`
}

function asideWords(model: ConsentPageModel): Html {
  const { client } = model
  const known = model.remembered
    ? 'You won’t be asked again for the same access.'
    : client.runs === 'this-computer'
      ? 'You’ll be asked each time: any program on a computer can pose as this one. Allow it only if you have just started it.'
      : 'You’ll be asked each time.'
  return html`<p class="quietly">${known} You can withdraw access at any time in your account.</p>`
}
