// What any grant comes to: the value in the middle of the token endpoint's walk.
import type { AuthorizationDetail, ClaimsRequest, OAuthError } from '@countersign/protocol'
import type { User } from '../accounts/users/users.store.ts'
import type { WriteSet } from '../platform/db/database.ts'
import type { Happening } from '../platform/events/events.ts'
import type { AuthenticatedClient } from './clients/authenticate.ts'
import type { Inheritance } from './exchange/inheritance.ts'
import type { Access } from './tokens/narrow.ts'

/** What a person agreed to and how they had signed in then; the most that any token of the family may hold. */
export interface Granted {
  readonly scope: readonly string[]
  /** Identifiers of APIs. */
  readonly resources: readonly string[]
  readonly claims?: ClaimsRequest
  /** RFC 9396; absent where there are none. */
  readonly details?: readonly AuthorizationDetail[]
  /** Seconds since the epoch. */
  readonly authenticatedAt: number
  readonly acr: string
  readonly amr: readonly string[]
}

/** All tokens of one authorization by a person. */
export interface Family {
  readonly id: string
  readonly clientId: string
  readonly userId: string
  readonly sessionId: string
  readonly granted: Granted
  readonly createdAt: number
  /** The absolute end. */
  readonly expiresAt: number
}

/** The person that tokens are about. */
export interface Person {
  readonly user: User
  readonly family: Family
  /** Names of the roles that the user has now. */
  readonly roles: readonly string[]
}

/** A permitted token request: everything that issuing needs, and what it costs. */
export interface Authorization {
  readonly kind: 'authorization'
  readonly client: AuthenticatedClient
  /** Null when the client acts for itself. */
  readonly person: Person | null
  readonly access: Access
  /** What the access token keeps of the one that it is given for. */
  readonly inherits?: Inheritance
  /** Goes into the ID token; null when there is none to issue. */
  readonly idToken: { readonly nonce: string | null } | null
  readonly refreshToken: string | null
  /** Guarded writes that use up what was presented; losing one means that somebody else was first. */
  readonly spends: WriteSet
  readonly happening: Happening
}

/** A permitted request whose answer is no access token of ours but something that is said to somebody else. */
export interface Statement {
  readonly kind: 'statement'
  /** The members of the answer, by their wire names. */
  readonly response: Readonly<Record<string, unknown>>
  readonly happening: Happening
}

/** A refused token request that nevertheless changes something: a replay ends its family. */
export interface Denial {
  readonly kind: 'denial'
  readonly error: OAuthError
  /** Where one is guarded, losing it means that the request has to be decided anew. */
  readonly writes: WriteSet
  /** Null where nothing happened that anybody would look for, such as a poll. */
  readonly happening: Happening | null
}
