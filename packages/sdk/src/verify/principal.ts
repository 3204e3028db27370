// From the claims of an access token (RFC 9068 §2.2) or of an introspection answer (RFC 7662 §2.2) to a principal.
// A claim of the wrong type makes the token unusable instead of being skipped.
import { isAuthorizationDetail, isJsonObject, parseScope } from '@countersign/protocol'
import type { Principal, Role } from './register.ts'
import type { Bond } from './verification.ts'

export type Read =
  | { readonly ok: true; readonly principal: Principal; readonly boundTo?: Bond }
  | { readonly ok: false; readonly detail: string }

export function readPrincipal(claims: Readonly<Record<string, unknown>>): Read {
  const { sub, client_id: clientId, scope, roles = [], sid, auth_time: authTime, acr, amr } = claims
  const bound = readConfirmation(claims['cnf'])
  if (!bound.ok) return bound
  if (!isName(sub)) return bad('sub is missing or not a string')
  if (!isName(clientId)) return bad('client_id is missing or not a string')
  if (scope !== undefined && typeof scope !== 'string') return bad('scope is not a string')
  if (!isStrings(roles)) return bad('roles is not a list of strings')
  if (sid !== undefined && !isName(sid)) return bad('sid is not a string')
  if (authTime !== undefined && !isTime(authTime)) return bad('auth_time is not a time')
  if (acr !== undefined && !isName(acr)) return bad('acr is not a string')
  if (amr !== undefined && !isStrings(amr)) return bad('amr is not a list of strings')
  const details = claims['authorization_details']
  if (details !== undefined && !(Array.isArray(details) && details.every(isAuthorizationDetail)))
    return bad('authorization_details is not a list of objects with types')
  const scopes = readScope(scope)
  if (scopes === undefined) return bad('scope is malformed')
  const principal: Mutable<Principal> = {
    subject: sub,
    clientId,
    scope: scopes,
    // The application vouches for its own names by its Register: the token's are strings.
    roles: roles as readonly Role[],
    claims: claims as Principal['claims'],
  }
  if (sid !== undefined) principal.sessionId = sid
  if (authTime !== undefined) principal.authenticatedAt = authTime
  if (acr !== undefined) principal.acr = acr
  if (amr !== undefined) principal.amr = amr
  if (details !== undefined)
    // So does the server that it is of by the types that it checks details against.
    principal.authorizationDetails = details as unknown as Principal['authorizationDetails'] & {}
  freezeDeep(principal)
  return Object.freeze(
    bound.bond === undefined ? { ok: true, principal } : { ok: true, principal, boundTo: bound.bond },
  )
}

type Confirmation =
  | { readonly ok: true; readonly bond?: Bond }
  | { readonly ok: false; readonly detail: string }

/** RFC 7800 §3.1: a token bound to a key proves nothing without it; what can't be checked here is refused. */
function readConfirmation(cnf: unknown): Confirmation {
  if (cnf === undefined) return { ok: true }
  if (!isJsonObject(cnf)) return bad('cnf is not an object')
  // Of two things to hold, none may be forgotten: who says both is not understood.
  const [[kind, thumbprint] = [], ...more] = Object.entries(cnf)
  // RFC 8705 §3.1, RFC 9449 §6.1: the SHA-256 thumbprint, base64url.
  const isThumbprint = typeof thumbprint === 'string' && /^[A-Za-z0-9_-]{43}$/.test(thumbprint)
  if ((kind !== 'jkt' && kind !== 'x5t#S256') || !isThumbprint || more.length > 0) {
    return bad('the token is bound to a key in a way that is not spoken here')
  }
  return { ok: true, bond: { kind, thumbprint } }
}

type Mutable<Value> = { -readonly [Name in keyof Value]: Value[Name] }

function bad(detail: string): { readonly ok: false; readonly detail: string } {
  return { ok: false, detail }
}

function readScope(scope: string | undefined): readonly string[] | undefined {
  try {
    return parseScope(scope)
  } catch {
    return undefined
  }
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

// Depth is bounded: strict JSON refuses more than 20 levels. By its values, since asking each object for its names in turn
// costs several times as much, for every new token.
function freezeDeep<Value extends object>(value: Value): Value {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null) freezeDeep(member)
  }
  return Object.freeze(value)
}
