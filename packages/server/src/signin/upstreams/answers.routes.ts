// What every route of signing in upstream may end in: a sign-in, a link, an offer to link, or a page that says why not.

import { doneAt } from '../../accounts/account-deed.ts'
import type { PasswordDoor } from '../../accounts/credentials/prove-password.ts'
import { signInPath } from '../../accounts/sign-in-path.ts'
import { frameOf } from '../../platform/html/frame.ts'
import type { Egress } from '../../platform/http/egress.ts'
import {
  type Incoming,
  localPath,
  type Outgoing,
  page,
  redirect,
  withCookies,
} from '../../platform/http/exchange.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Onwards } from './attempts.ts'
import type { Conclusion } from './conclude.ts'
import { type Connection, UpstreamFailure } from './drivers/connection.ts'
import { type UpstreamErrorCause, upstreamErrorPage } from './upstream-error.page.ts'
import { offerPath, type Upstream } from './upstreams.ts'

/** What these routes need beside the platform; `passwords` and `limits` are those of the sign-in form. */
export interface UpstreamRoom extends PasswordDoor {
  readonly upstreams: readonly Upstream[]
  /** Whether people may create accounts themselves. */
  readonly signUpOpen: boolean
  /** The way out; the guarded one unless given. */
  readonly egress?: Egress
}

/** An upstream that is on, and the way to it. */
export interface Gate {
  readonly upstream: Upstream
  readonly connection: Connection
}

/** A request on the way there or back. */
export interface Passing {
  readonly platform: Platform
  readonly room: UpstreamRoom
  readonly gate: Gate
  readonly request: Incoming
}

/** The answer to a conclusion, whichever way it came about. */
export function concluded(passing: Passing, conclusion: Conclusion, onwards: Onwards): Outgoing {
  switch (conclusion.kind) {
    case 'signed-in':
      return withCookies(redirect(conclusion.location), ...conclusion.cookies)
    case 'linked':
      return redirect(doneAt('linked'))
    case 'offered':
      return redirect(localPath(`${offerPath(passing.gate.upstream)}?ticket=${conclusion.ticket}`))
    case 'refused':
      return refused(passing, conclusion.because, onwards)
  }
}

/** Turns a provider's failure into an answer, and leaves every other error to the edge. */
export function failed(passing: Passing, error: unknown, onwards: Onwards): Outgoing {
  if (!(error instanceof UpstreamFailure)) throw error
  const { fault, message } = error
  // Somebody changed their mind: no error, and nothing for the log.
  if (fault === 'denied') return redirect(signInPath({ ...onwards, reason: 'upstream-cancelled' }))
  const { platform, request, gate } = passing
  const fields = { id: request.id, upstream: gate.upstream.id, fault, reason: message }
  platform.log.warn(fields, 'Signing in with an upstream provider failed.')
  return refused(passing, fault, onwards)
}

const statuses: Readonly<Record<UpstreamErrorCause, number>> = {
  unreachable: 503,
  invalid: 400,
  expired: 400,
  'linked-elsewhere': 409,
  closed: 403,
  disabled: 403,
}

/** The page that says why nothing came of a provider’s answer. */
export function refused(
  { platform, request, gate }: Passing,
  cause: UpstreamErrorCause,
  onwards: Onwards,
): Outgoing {
  const model = {
    upstream: gate.upstream,
    cause,
    continueTo: onwards.continueTo ?? undefined,
    level: onwards.stepUp ? ('mfa' as const) : undefined,
    signIn: signInPath(onwards),
    requestId: request.id,
  }
  return page(upstreamErrorPage(model, frameOf(platform, request)), { status: statuses[cause] })
}
