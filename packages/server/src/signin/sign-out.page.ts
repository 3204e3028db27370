// Signing out: the question (a GET never signs anyone out; OpenID Connect RP-Initiated Logout §2), and the end.
// Posts to /sign-out.
import { button, buttonLink, form } from '../platform/html/form.ts'
import { type Frame, slip } from '../platform/html/layout.ts'
import { type Html, html, nothing } from '../platform/html/markup.ts'
import { named, type Party } from '../platform/html/party.ts'
import { partyStub } from './sign-in.page.ts'

/** What the question shows. */
export interface SignOutPageModel {
  /** The sealed place to go to afterwards. */
  readonly continueTo?: string | undefined
  /** The application that asks for it. */
  readonly party?: Party | null | undefined
  readonly account: { readonly name: string; readonly email?: string | null | undefined }
  /** Local address to go to instead; the account page, usually. */
  readonly stay: string
}

/** Asks before signing out. */
export function signOutPage(model: SignOutPageModel, frame: Frame): Html {
  const who = model.account.email ?? model.account.name
  const body = html`<h1>Sign out?</h1>
<p class="lead">You are signed in as <strong>${named(who)}</strong>. Signing out ends your session in this browser${model.party ? ', for every application that uses it' : ''}.</p>
${form(
  {
    action: '/sign-out',
    hidden: { continue: model.continueTo },
    content: html`<div class="acts">${button({ text: 'Sign out' })}${buttonLink(model.stay, 'Stay signed in')}</div>`,
  },
  frame,
)}`
  return slip(
    {
      title: 'Sign out',
      stub: partyStub('Asked for by', model.party, frame),
      body,
    },
    frame,
  )
}

/** What the end shows. */
export interface SignedOutPageModel {
  readonly signIn: string
  readonly party?: Party | null | undefined
}

/** Says that the session has ended. */
export function signedOutPage(model: SignedOutPageModel, frame: Frame): Html {
  const body = html`<h1>You are signed out</h1>
<p class="lead">Your session in this browser has ended. ${model.party ? html`You can close this page, or go back to ${named(model.party.name)}.` : nothing}</p>
<div class="acts">${buttonLink(model.signIn, 'Sign in again', 'main')}</div>`
  return slip({ title: 'Signed out', stub: partyStub('Asked for by', model.party, frame), body }, frame)
}
