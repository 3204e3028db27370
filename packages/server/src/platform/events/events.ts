// What happened, in the past tense: one row per event, in the same commit as the change that it tells of. Audit,
// metrics and logs read this table afterwards; nothing secret and no token ever stands in it.
import type { Database } from '../db/database.ts'
import type { Write } from '../db/engine.ts'
import type { Runtime } from '../runtime.ts'
import { insertEvent } from './events.store.ts'

/** Every type of event; the union is closed, so that a reader can know them all. */
export type EventType =
  | 'user.sign_up_requested'
  | 'user.signed_up'
  | 'user.created'
  | 'user.signed_in'
  | 'user.sign_in_failed'
  | 'user.reauthenticated'
  | 'user.signed_out'
  | 'user.updated'
  | 'user.disabled'
  | 'user.enabled'
  | 'user.deleted'
  | 'user.role_granted'
  | 'user.role_withdrawn'
  | 'password.changed'
  | 'password.reset_requested'
  | 'password.reset'
  | 'address.verification_requested'
  | 'address.verified'
  | 'address.change_requested'
  | 'address.changed'
  | 'address.freed'
  | 'second_factor.added'
  | 'second_factor.removed'
  | 'second_factor.failed'
  | 'recovery_codes.created'
  | 'recovery_code.used'
  | 'session.ended'
  | 'sign_out.delivered'
  | 'sign_out.given_up'
  | 'passkey.added'
  | 'passkey.renamed'
  | 'passkey.removed'
  | 'passkey.count_went_back'
  | 'identity.linked'
  | 'identity.unlinked'
  | 'client.created'
  | 'client.updated'
  | 'client.deleted'
  | 'client.registered'
  | 'initial_access_token.created'
  | 'initial_access_token.revoked'
  | 'api.saved'
  | 'api_key.created'
  | 'api_key.revoked'
  | 'issuer.trusted'
  | 'issuer.distrusted'
  | 'client.authentication_failed'
  | 'consent.granted'
  | 'consent.denied'
  | 'consent.withdrawn'
  | 'backchannel.requested'
  | 'database.restored'
  | 'backchannel.notified'
  | 'backchannel.given_up'
  | 'code.issued'
  | 'code.replayed'
  | 'token.issued'
  | 'token.refreshed'
  | 'token.exchanged'
  | 'token.revoked'
  | 'refresh.replayed'
  | 'refresh.reused'
  | 'mail.sent'
  | 'mail.given_up'
  | 'key.created'
  | 'key.retired'

/** What happened, to whom, and by whom. */
export interface Happening {
  readonly type: EventType
  readonly userId?: string | undefined
  readonly clientId?: string | undefined
  readonly sessionId?: string | undefined
  readonly familyId?: string | undefined
  /** The client's network address, as the edge saw it. */
  readonly peer?: string | undefined
  readonly detail?: Readonly<Record<string, string | number | boolean | readonly string[]>>
}

/** The write that records `happening` now; put it into the same commit as the change itself. */
export function event(database: Database, runtime: Runtime, happening: Happening): Write {
  return insertEvent(database, {
    id: runtime.id('evt'),
    at: runtime.now(),
    type: happening.type,
    user: happening.userId ?? null,
    client: happening.clientId ?? null,
    session: happening.sessionId ?? null,
    family: happening.familyId ?? null,
    peer: happening.peer ?? null,
    detail: happening.detail === undefined ? '{}' : JSON.stringify(happening.detail),
  })
}
