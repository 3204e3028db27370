// API keys: what a machine, or a person's own program, sends to one API with each request, where getting tokens would be
// too much. A key looks as opaque tokens do, so that a scanner or a client knows one, and one that is mistyped, without
// asking; it says nothing, and is looked up each time.
import { type Finding, isSubset } from '@countersign/protocol'
import { identityScopes } from '../apis/api.ts'
import { type Client, isConfidential } from '../clients/client.ts'

/** How keys begin. */
export const keyPrefix = 'csak'

/** Whose a key is: a client that acts for itself, or a person. */
export type KeyOwner =
  | { readonly kind: 'client'; readonly clientId: string }
  | { readonly kind: 'user'; readonly userId: string }

/** A key as it is kept; what it is itself nobody knows but who was given it. */
export interface ApiKey {
  /** `key_…`, by which it is listed, revoked, and known in answers and events. */
  readonly id: string
  /** What it is for, in its owner's words. */
  readonly name: string
  readonly owner: KeyOwner
  /** The identifier of the one API that it is for. */
  readonly audience: string
  /** What it was made for; what of it holds is asked at each use. */
  readonly scopes: readonly string[]
  readonly createdAt: number
  /** Null for one that ends only when somebody ends it. */
  readonly expiresAt: number | null
  /** To the minute; null for one that was never used. */
  readonly lastUsedAt: number | null
}

/** What a key is to be. */
export interface KeyDescription {
  readonly name: string
  readonly owner: KeyOwner
  readonly audience: string
  readonly scopes: readonly string[]
  /** Without it the key ends only when somebody ends it. */
  readonly seconds?: number
}

/** A fault of a description, and where it is. */
export type KeyFinding = Finding & { readonly path: string }

const longestName = 100
const longestSeconds = 3650 * 86_400

/** What is wrong with the words and numbers of a description; never quotes them. */
export function checkDescription({ name, seconds }: KeyDescription): readonly KeyFinding[] {
  const findings: KeyFinding[] = []
  if (name.trim() === '' || name.length > longestName || /\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}/u.test(name))
    findings.push({
      path: 'name',
      code: 'range',
      message: `must be a line of 1 to ${longestName} characters`,
    })
  if (seconds !== undefined && !(Number.isSafeInteger(seconds) && seconds >= 1 && seconds <= longestSeconds))
    findings.push({ path: 'expires', code: 'range', message: 'must be within ten years' })
  return findings
}

/** What of a client says whether it may have keys. */
export type Holder = Pick<
  Client,
  'authentication' | 'grants' | 'scopes' | 'dpopBoundAccessTokens' | 'certificateBoundAccessTokens'
>

/**
 * Why a client has no keys; null where it may. A key is worth what a token of its own is worth to whoever finds it: so
 * only who gets tokens for itself has keys, and nobody whose tokens are bound.
 */
export function keepsNoKeys(client: Holder): string | null {
  // RFC 6749 §4.4: only confidential clients act for themselves.
  if (!isConfidential(client) || !client.grants.includes('client_credentials'))
    return 'must be a client that acts for itself: of the grant client_credentials'
  return client.dpopBoundAccessTokens || client.certificateBoundAccessTokens
    ? 'must not be a client whose tokens are bound: keys are bound to nothing'
    : null
}

/** What a key may be for: what its API has, and where it is a client's, what the client may. */
export function mostOf(
  apiScopes: readonly string[],
  client: Pick<Client, 'scopes'> | null,
): readonly string[] {
  const ofApi = apiScopes.filter((name) => !identityScopes.includes(name))
  return client === null ? ofApi : ofApi.filter((name) => client.scopes.includes(name))
}

/** What is wrong with scopes where these are the most; never quotes them. */
export function checkScopes(scopes: readonly string[], most: readonly string[]): readonly KeyFinding[] {
  if (!isSubset(scopes, most))
    return [{ path: 'scopes', code: 'scope', message: 'must be scopes of the API, and the owner’s own' }]
  // A client without any scope of an API gets no token for it either; a person may have a key for one that has none.
  return scopes.length === 0 && most.length > 0
    ? [{ path: 'scopes', code: 'missing', message: 'must name at least one scope' }]
    : []
}
