// GET and POST /sign-in/second: a person who has proven one factor proves another, and only then gets a session. It works
// without script: form, 303, page.
import { together } from '../../accounts/sessions/session.ts'
import { frameOf } from '../../platform/html/frame.ts'
import { type Problem, tooManyTries } from '../../platform/html/problems.ts'
import {
  type Incoming,
  localPath,
  type Outgoing,
  page,
  type Route,
  redirect,
  withCookies,
} from '../../platform/http/exchange.ts'
import { openReturn } from '../../platform/http/return.ts'
import type { Platform } from '../../platform/platform.ts'
import { arrive } from '../arrive.ts'
import { type SignInRoom, withContinue } from '../sign-in.routes.ts'
import { type PartialSignIn, readPartial, secondPath } from './partial.ts'
import { secondPage } from './second.page.ts'
import type { SecondFactor } from './second-factor.ts'

/** GET and POST /sign-in/second. */
export function secondRoutes(platform: Platform, room: SignInRoom): readonly Route[] {
  const lacking =
    (from: 'query' | 'form', answer: (asked: Asked) => Promise<Outgoing>) =>
    async (request: Incoming): Promise<Outgoing> => {
      const step = request[from].get('step')
      const partial = await readPartial(platform, request, step)
      if (partial === null || step === undefined) return startAgain()
      const wanted = request[from].get('factor')
      const { factors } = partial.holding
      const factor = factors.find(({ name }) => name === wanted) ?? factors[0]
      if (factor === undefined) return startAgain()
      return answer({ platform, room, request, step, partial, factor })
    }
  return [
    {
      method: 'GET',
      path: secondPath,
      caller: 'browser',
      run: lacking('query', (asked) => show(asked, 200, [])),
    },
    { method: 'POST', path: secondPath, caller: 'browser', run: lacking('form', submit) },
  ]
}

interface Asked {
  readonly platform: Platform
  readonly room: SignInRoom
  readonly request: Incoming
  readonly step: string
  readonly partial: PartialSignIn
  readonly factor: SecondFactor
}

/** What was begun is over, or was never begun here. */
function startAgain(): Outgoing {
  return redirect(localPath('/sign-in?reason=expired'))
}

async function show(
  { platform, room, request, step, partial, factor }: Asked,
  status: number,
  problems: readonly Problem[],
  retryAfter?: number,
): Promise<Outgoing> {
  const { writes = [], ...shown } = await factor.show(platform, request, partial.userId, problems)
  await platform.database.commit(writes)
  const back = openReturn(platform.vault, request.browser, partial.continueTo)
  const others = partial.holding.factors.filter((other) => other !== factor)
  const html = secondPage(
    {
      action: secondPath,
      hidden: { step, factor: factor.name },
      party: back === null ? null : await room.partyAt(back),
      shown,
      others: others.map(({ name, switchTo }) => ({
        address: `${secondPath}?${new URLSearchParams({ step, factor: name })}`,
        text: switchTo,
      })),
      signIn: withContinue('/sign-in', back === null ? undefined : partial.continueTo),
      problems,
    },
    frameOf(platform, request),
  )
  return page(html, { status, retryAfter })
}

async function submit(asked: Asked): Promise<Outgoing> {
  const { platform, room, request, partial, factor } = asked
  const checked = await factor.check(platform, room, request, partial.userId)
  if (!checked.ok) {
    if (checked.because === 'limited') {
      return show(asked, 429, [tooManyTries(checked.retryAfter)], checked.retryAfter)
    }
    return show(asked, checked.because === 'missing' ? 422 : 403, [checked.problem])
  }
  const arrived = await arrive(platform, room, request, {
    ...partial,
    authentication: together(partial.authentication, checked.authentication),
    writes: [partial.writes, checked.writes],
  })
  return arrived.ok ? withCookies(redirect(arrived.location), ...arrived.cookies) : startAgain()
}
