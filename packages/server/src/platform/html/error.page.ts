// What a person reads when something can't be done: one page for every status. The title of each status is stable text.
// What the request contained is never quoted.
import { buttonLink } from './form.ts'
import { type Frame, slip } from './layout.ts'
import { type Html, html, nothing } from './markup.ts'
import { waitWords } from './words.ts'

/** What an error page shows. */
export interface ErrorPageModel {
  readonly status: number
  /** A registered code, such as invalid_request: for whoever builds the application. */
  readonly code?: string | undefined
  /** A sentence of ours about this case; without it, the status's own. */
  readonly message?: string | undefined
  readonly requestId: string
  /** Seconds to wait, as in Retry-After. */
  readonly retryAfter?: number | undefined
}

const statuses: ReadonlyMap<number, readonly [title: string, text: string]> = new Map([
  [
    400,
    [
      'This request can’t be answered',
      'Something in the link or the form was missing or malformed. Going back to the application and starting again usually helps.',
    ],
  ],
  [401, ['Please sign in', 'This page is only for people who are signed in.']],
  [
    403,
    [
      'This isn’t allowed',
      'The form was too old, or came from another site or another browser, or this browser keeps no cookies. Go back, reload the page, and try again.',
    ],
  ],
  [404, ['There is nothing here', 'The address may have been mistyped, or the page has moved.']],
  [405, ['This can’t be done here', 'The page exists, but not for this kind of request.']],
  [413, ['That was too much', 'What was sent is larger than this page takes.']],
  [429, ['Too many tries', 'For the safety of your account there is a pause now.']],
  [
    500,
    [
      'Something broke on our side',
      'It isn’t your fault. If it happens again, tell whoever runs this service the request number.',
    ],
  ],
  [
    503,
    [
      'Not available for a moment',
      'Your request couldn’t be taken just now. If that goes on, tell whoever runs this service the request number.',
    ],
  ],
])

/** Where to go on from a page that leads nowhere else. */
const waysOn: ReadonlyMap<number, readonly [href: string, text: string]> = new Map([
  [401, ['/sign-in', 'Sign in']],
  [403, ['/', 'To the start page']],
  [404, ['/', 'To the start page']],
  [405, ['/', 'To the start page']],
])
const unknown = ['This can’t be done', 'The request could not be answered.'] as const

/** The page of one refusal or failure. */
export function errorPage(model: ErrorPageModel, frame: Frame): Html {
  const [title, text] =
    statuses.get(model.status) ?? (model.status >= 500 ? (statuses.get(500) ?? unknown) : unknown)
  // Words about a request are for whoever made the application; its people can only start again.
  const again =
    model.code === undefined
      ? nothing
      : html`<p class="lead">Go back to the application and start again. If that doesn’t help, show this page to whoever runs it.</p>`
  const [href, goOn] = waysOn.get(model.status) ?? []
  const wait =
    model.retryAfter === undefined
      ? nothing
      : html`<p class="lead">Try again in ${waitWords(model.retryAfter)}.</p>`
  const body = html`<h1>${title}</h1><p class="lead">${model.message ?? text}</p>${again}${wait}
${href === undefined ? nothing : html`<div class="acts">${buttonLink(href, goOn)}</div>`}`
  const stub = html`<p class="stub-for">Error ${model.status}</p>${model.code === undefined ? nothing : html`<p class="stub-code"><code>${model.code}</code></p>`}<p class="stub-place">Request <span class="digits">${model.requestId}</span></p>`
  return slip({ title, stub, body }, frame)
}
