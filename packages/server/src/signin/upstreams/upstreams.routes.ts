// Signing in with someone else over HTTP. It begins with a POST of ours (never a link: CVE-2015-9284), goes to the
// provider, and comes back to an address of that provider's own (RFC 9700 §4.4). Every end that is not a sign-in is a
// page in our own words.
import { commitOrRefuse, confirm } from '../../accounts/confirm.routes.ts'
import { currentSession } from '../../accounts/sessions/sessions.ts'
import { signedInRoutes, type Visit } from '../../accounts/signed-in.routes.ts'
import { type Egress, egress } from '../../platform/http/egress.ts'
import {
  type Outgoing,
  type Route,
  redirect,
  upstreamLocation,
  withCookies,
} from '../../platform/http/exchange.ts'
import { Refusal } from '../../platform/http/failure.ts'
import { home, openReturn } from '../../platform/http/return.ts'
import { reserve } from '../../platform/limits/limits.ts'
import { networksOf } from '../../platform/limits/network.ts'
import type { Platform } from '../../platform/platform.ts'
import { levelIn } from '../sign-in.routes.ts'
import { concluded, failed, type Gate, type Passing, refused, type UpstreamRoom } from './answers.routes.ts'
import { answerAttempt, drawAttempt, nowhere, type Purpose } from './attempts.ts'
import { conclude } from './conclude.ts'
import { UpstreamFailure } from './drivers/connection.ts'
import { connect } from './drivers/drivers.ts'
import { linkRoutes } from './link.routes.ts'
import { callbackPath, linkingPath, simulatorsPath, type Upstream } from './upstreams.ts'

/** Everything between our sign-in page and a provider’s. */
export function upstreamRoutes(platform: Platform, room: UpstreamRoom): readonly Route[] {
  return room.upstreams
    .map((upstream) => gateTo(platform, room, upstream))
    .flatMap((gate): readonly Route[] => [
      {
        method: 'POST',
        path: `/sign-in/with/${gate.upstream.id}`,
        caller: 'browser',
        run: (request) => begin({ platform, room, gate, request }, { kind: 'sign-in' }),
      },
      signedInRoutes(platform, room)('POST', linkingPath(gate.upstream), (visit) => beginLink(visit, gate)),
      {
        method: 'GET',
        path: callbackPath(gate.upstream),
        caller: 'redirect',
        run: (request) => finish({ platform, room, gate, request }),
      },
      ...linkRoutes(platform, room, gate),
    ])
}

function gateTo(platform: Platform, room: UpstreamRoom, upstream: Upstream): Gate {
  const connection = connect(upstream, {
    egress: room.egress ?? (upstream.simulated ? toSimulator(platform, upstream) : platform.egress),
    runtime: platform.runtime,
    redirectUri: platform.issuer.at(callbackPath(upstream)),
  })
  return { upstream, connection }
}

/** A simulator is this server itself, which in development may be reached by plain http. */
function toSimulator({ issuer }: Platform, { id }: Upstream): Egress {
  return egress({ exempt: [issuer.at(`${simulatorsPath}${id}/`)] })
}

async function begin(passing: Passing, purpose: Purpose): Promise<Outgoing> {
  const { platform, room, gate, request } = passing
  const reserved = await reserve(platform, `upstream/${networksOf(request.peer).near}`, room.limits.tries)
  if (!reserved.ok) throw new Refusal(429, { 'retry-after': String(reserved.retryAfter) })
  const given = request.form.get('continue')
  const continueTo = openReturn(platform.vault, request.browser, given) === null ? null : (given ?? null)
  const onwards = { continueTo, stepUp: levelIn(request.form) !== undefined }
  const attempt = drawAttempt(platform, request, { upstream: gate.upstream.id, purpose, ...onwards })
  try {
    const { location, issuer } = await gate.connection.begin(attempt.start)
    const committed = await platform.database.commit([attempt.keep(issuer)])
    if (!committed.ok) throw new Error('Two attempts drew the same secret.')
    return redirect(upstreamLocation(location))
  } catch (error) {
    return failed(passing, error, onwards)
  }
}

/** Linking begins in a session that was proven a moment ago (C16, SE-09). */
async function beginLink(visit: Visit<UpstreamRoom>, gate: Gate): Promise<Outgoing> {
  const { platform, signedIn } = visit
  const confirmed = await confirm(visit, { purpose: `link ${gate.upstream.name}`, changesFactors: true })
  if (!confirmed.ok) return confirmed.outgoing
  await commitOrRefuse(platform, confirmed.writes)
  const purpose = { kind: 'link', userId: signedIn.user.id } as const
  return withCookies(await begin({ ...visit, gate }, purpose), ...confirmed.cookies)
}

async function finish(passing: Passing): Promise<Outgoing> {
  const { platform, room, gate, request } = passing
  const { query } = request
  // RFC 6749 §3.1: no parameter twice. An answer that could be read in two ways is nobody's.
  if (query.repeated() !== undefined) return refused(passing, 'invalid', nowhere)
  const attempt = await answerAttempt(platform, request, gate.upstream.id, query.get('state'))
  if (attempt === null) return refused(passing, 'expired', nowhere)
  const { purpose } = attempt
  if (purpose.kind === 'link') {
    const signedIn = await currentSession(platform, request)
    if (signedIn?.user.id !== purpose.userId) return refused(passing, 'expired', nowhere)
  }
  try {
    const identity = await gate.connection.finish(query, attempt)
    const conclusion = await conclude(platform, request, {
      ...attempt,
      identity,
      provider: gate.upstream.name,
      signUpOpen: room.signUpOpen,
    })
    return concluded(passing, conclusion, attempt)
  } catch (error) {
    const changedMind = error instanceof UpstreamFailure && error.fault === 'denied'
    if (purpose.kind === 'link' && changedMind) return redirect(home)
    return failed(passing, error, attempt)
  }
}
