// The hub's question: given a request, who is signed in, and what they agreed to, what comes next? Pure; asked again
// each time somebody comes back (OpenID Connect Core §3.1.2.1 to §3.1.2.6, OAuth 2.1 §7.3, RFC 9470 §5).
import {
  type AuthorizationRequest,
  type ClaimRequest,
  classSatisfies,
  OAuthError,
  type OAuthErrorCode,
} from '@countersign/protocol'
import type { Session } from '../../accounts/sessions/session.ts'
import { type Client, identityProof } from '../clients/client.ts'
import type { AskedFor } from './asked.ts'
import type { Consent } from './consents.store.ts'

/** Everything that the next step depends on. */
export interface Situation {
  readonly request: AuthorizationRequest
  readonly asked: AskedFor
  readonly client: Client
  readonly session: Session | null
  /** What the client calls the person of the session; null when there is none. */
  readonly subject: string | null
  readonly consent: Consent | null
  /** What may be given without a question, as far as the client's identity is proven; null where there has to be one. */
  readonly remembered: AskedFor | null
  /** Whether this person has just agreed to this very request. */
  readonly agreed: boolean
  /** When the request first arrived, in seconds. */
  readonly startedAt: number
  /** The proof of the session that was there then; null when there was none, undefined when it arrives just now. */
  readonly priorProof: string | null | undefined
  /** The subject of a valid id_token_hint. */
  readonly hintedSubject: string | null
  /** How surely this person can sign in, as `acr` values; none when nobody is signed in. */
  readonly reachable: readonly string[]
}

/** The next step. */
export type Next =
  | { readonly step: 'signIn' }
  /** Signed in, but not as surely as asked. */
  | { readonly step: 'stepUp' }
  | { readonly step: 'askConsent'; readonly session: Session }
  | { readonly step: 'issue'; readonly session: Session }
  | { readonly step: 'fail'; readonly error: OAuthError }

/**
 * INVARIANT: with `prompt=none` the answer is `issue` or `fail`, never a page; and nothing is issued without a session
 * that satisfies the request and a consent that covers it.
 */
export function next(situation: Situation): Next {
  const { request, session } = situation
  const silent = request.prompt.includes('none')
  if (session === null) return silent ? fail('login_required') : { step: 'signIn' }
  const isNew =
    situation.priorProof !== undefined &&
    session.proof !== situation.priorProof &&
    // A session that began without a proof, at a first password, says nothing new.
    session.authenticatedAt >= session.createdAt
  if (mustSignIn(situation, session, isNew)) return silent ? fail('login_required') : { step: 'signIn' }
  // OpenID Connect Core §3.1.2.1: when someone else signs in than the hint says, the server "SHOULD return an error".
  if (isSomebodyElse(situation)) return fail('login_required')
  const stepUp = surer(situation, session, isNew)
  if (stepUp !== null) return stepUp
  if (situation.agreed || consentCounts(situation, session)) return { step: 'issue', session }
  return silent ? fail('consent_required') : { step: 'askConsent', session }
}

/** Whether the session is too weak for what is asked; null when it isn't, or when nothing can be done about a wish. */
function surer({ request, reachable }: Situation, session: Session, isNew: boolean): Next | null {
  const { essential, values } = wantedClasses(request)
  if (values.length === 0 || values.some((acr) => classSatisfies(session.acr, acr))) return null
  const isReachable = reachable.some((one) => values.some((acr) => classSatisfies(one, acr)))
  const silent = request.prompt.includes('none')
  if (!isReachable || isNew) return essential ? fail('unmet_authentication_requirements') : null
  if (!silent) return { step: 'stepUp' }
  return essential ? fail('login_required') : null
}

function mustSignIn(situation: Situation, session: Session, isNew: boolean): boolean {
  if (isNew) return false
  const { prompt, maxAge } = situation.request
  if (prompt.includes('login') || prompt.includes('select_account')) return true
  // max_age=0 asks for a sign-in of its own, whatever the resolution of our clock.
  if (maxAge === 0) return true
  if (maxAge !== undefined && session.authenticatedAt + maxAge < situation.startedAt) return true
  return isSomebodyElse(situation)
}

function isSomebodyElse({ request, hintedSubject, subject }: Situation): boolean {
  if (hintedSubject !== null && hintedSubject !== subject) return true
  // OpenID Connect Core §5.5.1: a `sub` asked for by value must be the one that is signed in.
  const asked = [request.claims?.idToken?.['sub'], request.claims?.userinfo?.['sub']]
  return asked.some((claim) => !isAmong(subject, valuesOf(claim)))
}

/** The values that a claim is asked for with; null where any will do. */
function valuesOf(claim: ClaimRequest | null | undefined): readonly unknown[] | null {
  if (claim?.value !== undefined) return [claim.value]
  return claim?.values ?? null
}

function isAmong(value: unknown, values: readonly unknown[] | null): boolean {
  return values === null || values.includes(value)
}

/** The classes that are asked for; `essential` where nothing else will do. */
export interface WantedClasses {
  readonly essential: boolean
  /** None where any will do. */
  readonly values: readonly string[]
}

/**
 * How surely the person should have signed in: an essential `acr` claim has to be met (OpenID Connect Core §5.5.1.1), any
 * other is a wish like `acr_values`, which RFC 9470 §4 has clients send after a challenge.
 */
export function wantedClasses({ claims, acrValues }: AuthorizationRequest): WantedClasses {
  const acr = claims?.idToken?.['acr']
  const named = valuesOf(acr)?.filter((value) => typeof value === 'string')
  if (acr?.essential === true && named !== undefined) return { essential: true, values: named }
  return { essential: false, values: [...(named ?? []), ...acrValues] }
}

/** What a client is told of how surely somebody signed in: that, or what it asked for where that is less. */
export function toldClass(request: AuthorizationRequest, acr: string): string {
  const { values } = wantedClasses(request)
  return values.includes(acr) ? acr : (values.find((wanted) => classSatisfies(acr, wanted)) ?? acr)
}

/** Whether what the person agreed to before speaks for this request too (AZ-20). */
function consentCounts(situation: Situation, session: Session): boolean {
  const { request, client, consent, remembered } = situation
  if (remembered === null || request.prompt.includes('consent')) return false
  const proof = identityProof(client, request.redirectUri)
  if (proof === 'proven') return true
  // A page that this person allowed in this session may renew silently; a program that starts again must ask again.
  const isSamePlace = consent?.sessionId === session.id && consent.redirectUri === request.redirectUri
  return proof === 'local' && request.prompt.includes('none') && isSamePlace
}

function fail(code: OAuthErrorCode): Next {
  return { step: 'fail', error: new OAuthError(code) }
}
