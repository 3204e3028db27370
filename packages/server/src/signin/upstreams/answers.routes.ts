// What every route of signing in upstream may end in: a sign-in, a link, an offer to link, or a page that says why not.
import { doneAt } from '../../accounts/account-deed.ts'
import type { PasswordDoor } from '../../accounts/credentials/prove-password.ts'
import { frameOf } from '../../platform/html/frame.ts'
import type { Egress } from '../../platform/http/egress.ts'
import {
  type Incoming,
  localPath,
  type Outgoing,
  page,
  redirect,
  type SafeLocation,
  withCookies,
} from '../../platform/http/exchange.ts'
import type { Platform } from '../../platform/platform.ts'
import type { SignInReason } from '../sign-in.page.ts'
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

/** The answer to a conclusion, whichever way it came about. */
export function concluded(
  platform: Platform,
  request: Incoming,
  gate: Gate,
  conclusion: Conclusion,
  onwards: Onwards,
): Outgoing {
  switch (conclusion.kind) {
    case 'signed-in':
      return withCookies(redirect(conclusion.location), ...conclusion.cookies)
    case 'linked':
      return redirect(doneAt('linked'))
    case 'offered':
      return redirect(localPath(`${offerPath(gate.upstream)}?ticket=${conclusion.ticket}`))
    case 'refused':
      return refused(platform, request, gate, conclusion.because, onwards)
  }
}

/** Turns a provider's failure into an answer, and leaves every other error to the edge. */
export function failed(
  platform: Platform,
  request: Incoming,
  gate: Gate,
  error: unknown,
  onwards: Onwards,
): Outgoing {
  if (!(error instanceof UpstreamFailure)) throw error
  const { fault, message } = error
  // Somebody changed their mind: no error, and nothing for the log.
  if (fault === 'denied') return redirect(signInAddress(onwards, 'upstream-cancelled'))
  const fields = { id: request.id, upstream: gate.upstream.id, fault, reason: message }
  platform.log.warn(fields, 'Signing in with an upstream provider failed.')
  return refused(platform, request, gate, fault, onwards)
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
  platform: Platform,
  request: Incoming,
  gate: Gate,
  cause: UpstreamErrorCause,
  onwards: Onwards,
): Outgoing {
  const model = {
    upstream: gate.upstream,
    cause,
    continueTo: onwards.continueTo ?? undefined,
    level: onwards.stepUp ? ('mfa' as const) : undefined,
    signIn: signInAddress(onwards),
    requestId: request.id,
  }
  return page(upstreamErrorPage(model, frameOf(platform, request)), { status: statuses[cause] })
}

/** Our sign-in page, on the way to a sealed return address. */
export function signInAddress({ continueTo, stepUp }: Onwards, reason?: SignInReason): SafeLocation {
  const query = new URLSearchParams(stepUp ? { level: 'mfa' } : {})
  if (continueTo !== null) query.set('continue', continueTo)
  if (reason !== undefined) query.set('reason', reason)
  return localPath(query.size === 0 ? '/sign-in' : `/sign-in?${query}`)
}
