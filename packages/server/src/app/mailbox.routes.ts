// `GET /dev/mailbox`: mail that was sent, in development alone. As a page, or as a list for programs
// (`Accept: application/json`), the newest first.
import { frameOf } from '../platform/html/frame.ts'
import { type Incoming, json, type Outgoing, page, type Route } from '../platform/http/exchange.ts'
import { Refusal } from '../platform/http/failure.ts'
import { pagePolicy } from '../platform/http/headers.ts'
import { letterInMailbox, lettersInMailbox, type MailboxLetter } from '../platform/mail/mailbox.ts'
import type { Platform } from '../platform/platform.ts'
import { framedLetter, letterPage, mailboxPage } from './mailbox.page.ts'

/** The mailbox, and each letter in it. @param goesElsewhere whether mail really leaves, so that none comes here */
export function mailboxRoutes(platform: Platform, goesElsewhere: boolean): Route[] {
  const get = (path: string, run: Route['run']): Route => ({
    method: 'GET',
    path,
    caller: 'development',
    run,
  })
  return [
    get('/dev/mailbox', async (request) => {
      const letters = await lettersInMailbox(platform)
      if (wantsJson(request)) return json(200, letters.map(wireOf))
      const model = { letters, goesElsewhere, now: platform.runtime.now() }
      return page(mailboxPage(model, frameOf(platform, request)))
    }),
    get('/dev/mailbox/:id', async (request) => {
      const letter = await letterOr404(platform, request)
      if (wantsJson(request)) return json(200, wireOf(letter))
      return page(letterPage(letter, frameOf(platform, request)), {
        headers: { 'content-security-policy': pagePolicy(request.browser.nonce, ["'self'"]) },
      })
    }),
    get('/dev/mailbox/:id/html', async (request) => framed(await letterOr404(platform, request))),
  ]
}

/** The letter itself, for a frame of ours: nothing runs in it, nothing is fetched, and its links open beside it. */
function framed(letter: MailboxLetter): Outgoing {
  return page(framedLetter(letter), {
    headers: {
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; sandbox allow-popups allow-popups-to-escape-sandbox",
      'x-frame-options': 'SAMEORIGIN',
    },
  })
}

async function letterOr404(platform: Platform, { params }: Incoming): Promise<MailboxLetter> {
  const letter = await letterInMailbox(platform, params['id'] ?? '')
  if (letter === null) throw new Refusal(404)
  return letter
}

function wantsJson({ headers }: Incoming): boolean {
  return /\bapplication\/json\b/.test(headers.get('accept') ?? '')
}

function wireOf({ id, kind, from, to, subject, text, html, sentAt }: MailboxLetter): Record<string, unknown> {
  return { id, kind, from, to, subject, text, html, sentAt: new Date(sentAt * 1000).toISOString() }
}
