// What is asked of a person who was not there when it was asked, and what their yes comes to: the same for a device's code
// and for a backchannel request.
import { type GrantType, OAuthError } from '@countersign/protocol'
import type { Session } from '../../accounts/sessions/session.ts'
import { openDeviceSession } from '../../accounts/sessions/sessions.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import { Refusal } from '../../platform/http/failure.ts'
import type { Apis } from '../apis/catalogue.ts'
import { type AskedFor, type Asking, askedFor } from '../authorize/asked.ts'
import { fingerprint } from '../authorize/consent.ts'
import { grantedOf } from '../authorize/granted.ts'
import { keptOf } from '../authorize/items.ts'
import { choiceIn } from '../authorize/offer.ts'
import type { Client } from '../clients/client.ts'
import { clientById } from '../clients/clients.store.ts'
import type { OAuthRoom } from '../room.ts'
import type { Allowed, Polled } from './polled.store.ts'

/** What a client asks for, as things stand now. */
export interface Asked {
  readonly client: Client
  readonly asked: AskedFor
  readonly apis: Apis
}

/** Lays a request beside what its client may have now; null when it may not have it any more. */
export async function askedBy(
  room: OAuthRoom,
  request: Asking & { readonly clientId: string },
  grant: GrantType,
): Promise<Asked | null> {
  const client = await clientById(room.platform.database, request.clientId)
  if (client === undefined || client.disabledAt !== null || !client.grants.includes(grant)) return null
  const apis = await room.apis.look(request)
  try {
    return { client, asked: askedFor(request, client, apis, room.rules), apis }
  } catch (error) {
    if (error instanceof OAuthError) return null
    throw error
  }
}

/**
 * What a person's form says to a question: what they leave of it, `no`, or `changed` where the page said something else than
 * is asked now.
 *
 * @param shown the fingerprint of what the page said
 * @throws Refusal 400 for a form without a decision
 */
export function answerIn(form: Form, asking: Asked, shown: string | null): AskedFor | 'no' | 'changed' {
  if (decisionIn(form) === 'deny') return 'no'
  if (shown !== fingerprint(asking.asked)) return 'changed'
  return keptOf(asking.asked, choiceIn(form), asking.apis) ?? 'no'
}

interface Form {
  readonly has: (name: string) => boolean
  readonly get: (name: string) => string | undefined
}

/** @throws Refusal 400 for any other */
export function decisionIn(form: Form): 'allow' | 'deny' {
  const decision = form.get('decision')
  if (decision !== 'allow' && decision !== 'deny') throw new Refusal(400)
  return decision
}

/** How far a request has come for the person who is asked; `gone` for everybody else. */
export type Standing = 'open' | 'allowed' | 'denied' | 'gone'

/** @param isTheirs whether it was put to whoever looks, where they look */
export function standingOf(found: Polled | undefined, isTheirs: boolean, now: number): Standing {
  if (found === undefined || !isTheirs) return 'gone'
  if (found.decidedAt !== null) return found.allowed === null ? 'denied' : 'allowed'
  return now < found.expiresAt ? 'open' : 'gone'
}

/** Where somebody says yes, and to what. */
export interface Yes {
  /** The session in which they do. */
  readonly from: Session
  readonly asked: AskedFor
  readonly clientId: string
  /** Where the request came from. */
  readonly peer: string
  readonly userAgent: string
  /** Seconds that may pass until the client fetches its tokens. */
  readonly waits: number
}

/**
 * Opens what a yes comes to: a session of its own, and the grant of a family to be. The writes lose `session` when the
 * one that it comes from has ended, `user` when the person is disabled.
 */
export function allowing(
  { platform, lifetimes }: OAuthRoom,
  { from, asked, clientId, peer, userAgent, waits }: Yes,
): { readonly allowed: Allowed; readonly writes: WriteSet } {
  const opened = openDeviceSession(platform, {
    from,
    clientId,
    peer,
    userAgent,
    seconds: waits + lifetimes.refreshAbsolute,
  })
  const allowed = {
    userId: from.userId,
    sessionId: opened.session.id,
    familyId: platform.runtime.id('fam'),
    granted: grantedOf(asked, from),
  }
  return { allowed, writes: opened.writes }
}
