// May this request pass? The one answer for every framework: credentials, token, requirements, then the application's
// own decision about a resource. The framework files only translate it.
import { type Decision, decide as judge, type Requirement } from '@countersign/policy'
import { isJsonObject } from '@countersign/protocol'
import { type Credentials, readCredentials, type Verifiable } from './credentials.ts'
import type { DpopOptions, DpopTerms, DpopUse } from './dpop-settings.ts'
import {
  noToken,
  type Refusal,
  type RefusalCode,
  refuse,
  refuseToken,
  schemeOf,
  type Terms,
} from './refusal.ts'
import type { Principal } from './register.ts'
import { type Requirements, requirementOf, scopesOf } from './requirements.ts'
import type { Verifier } from './verifier.ts'

/** One thing of the application. A resource without a non-empty text as its id is refused before `decide` is asked. */
export interface Resource {
  readonly type: string
  readonly id: unknown
}

/** What `decide` is asked; `request` is the framework's own. */
export interface Question<Request> {
  readonly principal: Principal
  readonly action: string
  readonly resource: { readonly type: string; readonly id: string }
  readonly request: Request
}

type Answer = boolean | Decision

/** Answers "may she?". Only `true` and `{ allowed: true }` are a yes; a throw is nobody's yes and passes on. */
export type Decide<Request> = (question: Question<Request>) => Answer | Promise<Answer>

type MaybeResource = Resource | null | undefined

/** What one address asks of its callers. */
export interface AuthorizeOptions<Request = unknown> extends Requirements {
  /** Lets a request without a token pass, as nobody. A token that is sent must still be good. */
  readonly optional?: boolean
  /** The action, and the resource that the request is about; `decide` answers. */
  readonly can?: readonly [
    action: string,
    resource: (request: Request) => MaybeResource | Promise<MaybeResource>,
  ]
  readonly decide?: Decide<Request>
  /** Answers 404 instead of 403, so that nobody learns what exists. */
  readonly hide?: boolean
  /** `'required'` takes only tokens bound to a key here (RFC 9449), whatever the verifier takes elsewhere. */
  readonly dpop?: DpopUse | DpopOptions
}

/** The request may pass. */
export interface Authorized {
  readonly ok: true
  /** Null only with `optional`, when no token was sent. */
  readonly principal: Principal | null
  /** To be added to the answer: a newer `dpop-nonce`, where the API asks for nonces (RFC 9449 §8.2). */
  readonly headers?: Readonly<Record<string, string>>
}

/** A prepared `authorizeRequest`: its options are checked once. */
export type Authorize<Request> = (view: Verifiable, request: Request) => Promise<Authorized | Refusal>

/**
 * Decides about one request.
 *
 * INVARIANT: `ok: true` only after the token's check and every requirement said so by its own tag; whatever throws or
 * rejects on the way rejects this promise.
 *
 * @throws TypeError for options that contradict each other
 */
export async function authorizeRequest<Request extends Verifiable>(
  request: Request,
  verifier: Verifier,
  options: AuthorizeOptions<Request> = {},
): Promise<Authorized | Refusal> {
  return prepareAuthorize(verifier, options)(request, request)
}

export function prepareAuthorize<Request extends object>(
  verifier: Verifier,
  options: AuthorizeOptions<Request>,
  metadata?: string,
  read: (view: Verifiable, request: Request) => Credentials = (view, request) =>
    readCredentials(view, request, verifier.clientCertificate.place),
): Authorize<Request> {
  checkOptions(options)
  const dpop = dpopHere(verifier, options)
  const requirement = requirementOf(options, verifier.now)
  const told: Terms = { resourceMetadata: metadata, dpop }
  const asked = { ...told, scope: scopesOf(options) }

  return async (view, request) => {
    const credentials = read(view, request)
    if (credentials.kind === 'malformed') return refuse('invalid_request', credentials.detail, told)
    if (credentials.kind === 'none') {
      if (options.optional === true) return { ok: true, principal: null }
      return refuse('unauthenticated', noToken, asked)
    }
    const { sent } = credentials
    const verification = await verifier.check(sent)
    const terms = { ...told, scheme: schemeOf(sent) }
    if (verification.ok !== true) return refuseToken(verification, terms)
    if (dpop?.isRequired === true && verification.boundTo?.kind !== 'jkt') {
      return refuse('invalid_token', 'a token bound to a key is required here', terms)
    }
    const { principal, nonce } = verification
    const denial = unmet(principal, requirement) ?? (await denied(principal, request, options))
    if (denial !== undefined) return refusalOf(denial, options.hide === true, terms)
    return nonce === undefined
      ? { ok: true, principal }
      : { ok: true, principal, headers: { 'dpop-nonce': nonce } }
  }
}

/** The verifier's terms, or stricter ones. */
export function dpopHere<Request>({ dpop }: Verifier, options: AuthorizeOptions<Request>): DpopTerms | null {
  const use = typeof options.dpop === 'string' ? options.dpop : options.dpop?.use
  if (use !== 'required') return dpop
  if (dpop === null) throw new TypeError("dpop can't be required of a verifier that takes no bound tokens")
  return { ...dpop, isRequired: true, isAnnounced: true }
}

function checkOptions<Request>(options: AuthorizeOptions<Request>): void {
  const { optional, can, decide, scope, details, role, maxAge, acr, require: required } = options
  const demands = [scope, details, role, maxAge, acr, required, can].some((option) => option !== undefined)
  // A requirement that anyone meets by sending no token is a hole with a fence around it.
  if (optional === true && demands) throw new TypeError('optional cannot be combined with requirements')
  if (can !== undefined && decide === undefined) {
    throw new TypeError('can needs decide: your function that says whether this caller may do this')
  }
  if (can === undefined && decide !== undefined) {
    throw new TypeError('decide needs can: the action and the resource that it is asked about')
  }
}

interface Denial {
  readonly code: RefusalCode
  readonly detail: string
  readonly decision?: Partial<Exclude<Decision, { allowed: true }>>
}

export function unmet(principal: Principal, requirement: Requirement | undefined): Denial | undefined {
  return requirement === undefined ? undefined : denialOf(judge(principal, requirement))
}

async function denied<Request>(
  principal: Principal,
  request: Request,
  { can, decide }: AuthorizeOptions<Request>,
): Promise<Denial | undefined> {
  if (can === undefined || decide === undefined) return undefined
  const [action, find] = can
  const found = await find(request)
  if (typeof found?.type !== 'string' || typeof found.id !== 'string' || found.id === '') {
    return { code: 'forbidden', detail: 'the request names no resource' }
  }
  const resource = { ...found, type: found.type, id: found.id }
  const answer: unknown = await decide({ principal, action, resource, request })
  return answer === true ? undefined : denialOf(answer)
}

const denials: readonly RefusalCode[] = [
  'insufficient_scope',
  'insufficient_role',
  'insufficient_user_authentication',
]

function denialOf(decision: unknown): Denial | undefined {
  if (!isJsonObject(decision)) return { code: 'forbidden', detail: 'the decision is no' }
  if (decision['allowed'] === true) return undefined
  const code = denials.find((name) => name === decision['error']) ?? 'forbidden'
  const { reasons } = decision
  const detail = Array.isArray(reasons)
    ? reasons.filter((reason) => typeof reason === 'string').join('; ')
    : ''
  return { code, detail: detail === '' ? 'the decision is no' : detail, decision }
}

export function refusalOf(denial: Denial, hide: boolean, terms: Terms): Refusal {
  const { code, detail, decision } = denial
  if (hide && code !== 'insufficient_user_authentication') return refuse('not_found', detail)
  return refuse(code, detail, {
    scope: decision?.scope,
    maxAge: decision?.maxAge,
    acrValues: decision?.acrValues,
    ...terms,
  })
}
