// How far an application of the house has come with a person: `auth_session` (OAuth 2.0 for First-Party Applications, draft
// 04 §5.3.1). It is sealed rather than stored, so that whoever begins a thousand leaves nothing behind; once it is used,
// it is remembered as an assertion is, and there is a new one with each answer.

import { type AuthorizationRequest, OAuthError } from '@countersign/protocol'
import type { Write } from '../../platform/db/engine.ts'
import { SealBroken } from '../../platform/keys/vault.ts'
import { takeOnce } from '../../platform/once.store.ts'
import type { Platform } from '../../platform/platform.ts'

/** What one holds. */
export interface AuthSession {
  readonly id: string
  readonly request: AuthorizationRequest
  /** The key that began it (RFC 9449); null where there was none. */
  readonly boundTo: string | null
  /** In seconds since the epoch; the same for all that follow from one. */
  readonly expiresAt: number
}

const place = 'first-party/auth_session'
/** Longer than any that we seal: a request with all the details that it may have. */
const longest = 65_536

/** The text that the client is given. */
export function sealAuthSession({ vault }: Pick<Platform, 'vault'>, session: AuthSession): string {
  return vault.seal(place, JSON.stringify(session))
}

/**
 * Reads it back, and says how it is used up: guarded by `auth session`, so that of all who show it one goes on.
 *
 * @throws OAuthError `invalid_session` for one that is not ours, over, of another client, or of another key
 */
export function openAuthSession(
  { vault, database, runtime }: Pick<Platform, 'vault' | 'database' | 'runtime'>,
  sealed: string,
  by: { readonly clientId: string; readonly thumbprint: string | null },
): { readonly session: AuthSession; readonly once: Write } {
  const session = sealed.length > longest ? null : opened(vault, sealed)
  if (session === null) throw invalidSession('not one of ours')
  if (session.request.clientId !== by.clientId) throw invalidSession('another client’s')
  if (session.boundTo !== by.thumbprint) throw invalidSession('bound to another key')
  if (runtime.now() >= session.expiresAt) throw invalidSession('expired')
  const once = takeOnce(database, { kind: 'auth session', name: [session.id], until: session.expiresAt })
  return { session, once }
}

function opened(vault: Platform['vault'], sealed: string): AuthSession | null {
  try {
    return JSON.parse(vault.open(place, sealed)) as AuthSession
  } catch (error) {
    if (error instanceof SealBroken) return null
    throw error
  }
}

/** @param detail for the log */
export function invalidSession(detail: string): OAuthError {
  return new OAuthError('invalid_session', { detail: `auth_session: ${detail}` })
}
