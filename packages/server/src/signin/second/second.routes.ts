// GET and POST /sign-in/second: a person who has proven one factor proves another, and only then gets a session. It works
// without script: form, 303, page.

import { together } from '../../accounts/sessions/session.ts'
import { signInPath } from '../../accounts/sign-in-path.ts'
import { frameOf } from '../../platform/html/frame.ts'
import { type FormState, limited, unsent } from '../../platform/html/problems.ts'
import {
  type Incoming,
  type Outgoing,
  page,
  type Route,
  redirect,
  withCookies,
} from '../../platform/http/exchange.ts'
import { openReturn } from '../../platform/http/return.ts'
import type { Platform } from '../../platform/platform.ts'
import { arrive } from '../arrive.ts'
import type { SignInRoom } from '../sign-in.routes.ts'
import {
  type Enrolling,
  enrolPasskeyPath,
  enrolPath,
  showEnrolment,
  submitEnrolment,
  submitPasskey,
} from './enrol.routes.ts'
import { readPartial, secondPath } from './partial.ts'
import { secondPage } from './second.page.ts'
import type { SecondFactor } from './second-factor.ts'

/** GET and POST /sign-in/second, POST /sign-in/second/set-up and /sign-in/second/passkey. */
export function secondRoutes(platform: Platform, room: SignInRoom): readonly Route[] {
  const begun =
    (from: 'query' | 'form', answer: (asked: Enrolling) => Promise<Outgoing | null>) =>
    async (request: Incoming): Promise<Outgoing> => {
      const step = request[from].get('step')
      const partial = await readPartial(platform, request, step)
      if (partial === null || step === undefined) return startAgain()
      return (await answer({ platform, room, request, step, partial })) ?? startAgain()
    }
  return [
    { method: 'GET', path: secondPath, caller: 'browser', run: begun('query', open) },
    { method: 'POST', path: secondPath, caller: 'browser', run: begun('form', submit) },
    { method: 'POST', path: enrolPath, caller: 'browser', run: begun('form', enrol(submitEnrolment)) },
    { method: 'POST', path: enrolPasskeyPath, caller: 'browser', run: begun('form', enrol(submitPasskey)) },
  ]
}

async function open(asked: Enrolling): Promise<Outgoing | null> {
  if (asked.partial.lacks === 'enrol') return showEnrolment(asked, asked.request.query.get('factor'))
  const factor = factorOf(asked, asked.request.query.get('factor'))
  return factor === null ? null : show({ ...asked, factor }, unsent)
}

const enrol =
  (submitted: (asked: Enrolling) => Promise<Outgoing | null>) =>
  async (asked: Enrolling): Promise<Outgoing | null> =>
    asked.partial.lacks === 'enrol' ? submitted(asked) : null

/** The factor that is named, if the person has it; else their first. */
function factorOf({ partial }: Enrolling, wanted: string | undefined): SecondFactor | null {
  const { factors } = partial.holding
  return factors.find(({ name }) => name === wanted) ?? factors[0] ?? null
}

interface Asked extends Enrolling {
  readonly factor: SecondFactor
}

/** What was begun is over, or was never begun here. */
function startAgain(): Outgoing {
  return redirect(signInPath({ reason: 'expired' }))
}

async function show(
  { platform, room, request, step, partial, factor }: Asked,
  state: FormState,
): Promise<Outgoing> {
  const { problems } = state
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
      signIn: signInPath({ continueTo: back === null ? null : partial.continueTo }),
      problems,
    },
    frameOf(platform, request),
  )
  return page(html, state)
}

async function submit(begun: Enrolling): Promise<Outgoing | null> {
  const { platform, room, request, partial } = begun
  const factor = factorOf(begun, request.form.get('factor'))
  if (partial.lacks === 'enrol' || factor === null) return null
  const asked = { ...begun, factor }
  const checked = await factor.check(platform, room, request, partial.userId)
  if (!checked.ok) {
    if (checked.because === 'limited') return show(asked, limited(checked.retryAfter))
    return show(asked, {
      status: checked.because === 'missing' ? 422 : 403,
      problems: [checked.problem],
    })
  }
  const arrived = await arrive(platform, request, {
    ...partial,
    authentication: together(partial.authentication, checked.authentication),
    writes: [partial.writes, checked.writes],
  })
  return arrived.ok ? withCookies(redirect(arrived.location), ...arrived.cookies) : startAgain()
}
