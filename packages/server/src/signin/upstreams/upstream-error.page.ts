// What a person reads when signing in with an upstream provider didn't work. The provider's own words are not shown:
// they come through the browser and anyone could have written them.
import { pathTo } from '../../platform/html/address.ts'
import { button, buttonLink, form } from '../../platform/html/form.ts'
import { type Frame, slip } from '../../platform/html/layout.ts'
import { type Html, html, nothing } from '../../platform/html/markup.ts'

/** What the page shows. */
export interface UpstreamErrorPageModel {
  readonly upstream: { readonly id: string; readonly name: string }
  readonly cause: UpstreamErrorCause
  /** The sealed return address, for trying again; without it the person starts anew. */
  readonly continueTo?: string | undefined
  /** Sent along with it: that one factor won’t do. */
  readonly level?: 'mfa' | undefined
  /** Local address of the sign-in page. */
  readonly signIn: string
  readonly requestId: string
}

/** Why signing in with a provider did not work, as far as a person can use it. */
export type UpstreamErrorCause =
  | 'unreachable'
  | 'invalid'
  | 'expired'
  | 'linked-elsewhere'
  | 'closed'
  | 'disabled'

const causes: Readonly<
  Record<UpstreamErrorCause, { title: string; text: (name: string) => string; again: boolean }>
> = {
  unreachable: {
    title: 'No answer',
    text: (name) => `${name} can’t be reached right now. Try again in a moment, or sign in another way.`,
    again: true,
  },
  invalid: {
    title: 'The answer could not be trusted',
    text: (name) =>
      `What came back from ${name} didn’t pass our checks, so nobody was signed in. Please try again.`,
    again: true,
  },
  expired: {
    title: 'This sign-in has expired',
    text: (name) =>
      `The sign-in with ${name} took too long, was finished already, or began in another browser. Please try again.`,
    again: true,
  },
  'linked-elsewhere': {
    title: 'Linked with another account',
    text: (name) => `This ${name} account signs in to another account here. Unlink it there first.`,
    again: false,
  },
  closed: {
    title: 'New accounts can’t be created here',
    text: (name) =>
      `Nobody has linked this ${name} account with an account here, and new ones are not open to everybody.`,
    again: false,
  },
  disabled: {
    title: 'This account can’t sign in',
    text: () =>
      'The account is closed for signing in. If you think that is a mistake, ask whoever runs this service.',
    again: false,
  },
}

/** The page of a sign-in that did not work. */
export function upstreamErrorPage(model: UpstreamErrorPageModel, frame: Frame): Html {
  const { upstream } = model
  const cause = causes[model.cause]
  const again = cause.again
    ? form(
        {
          action: pathTo('/sign-in/with', upstream.id),
          hidden: { continue: model.continueTo, level: model.level },
          content: html`<div class="acts">${button({ text: `Try ${upstream.name} again` })}${buttonLink(model.signIn, 'Sign in another way')}</div>`,
        },
        frame,
      )
    : html`<div class="acts">${buttonLink(model.signIn, 'Sign in another way', 'main')}</div>`
  const body = html`<h1>${cause.title}</h1><p class="lead">${cause.text(upstream.name)}</p>${again}`
  const stub = html`<p class="stub-for">Signing in with</p><p class="stub-name">${upstream.name}</p>${model.requestId === '' ? nothing : html`<p class="stub-place">Request <span class="digits">${model.requestId}</span></p>`}`
  return slip({ title: cause.title, stub, body }, frame)
}
