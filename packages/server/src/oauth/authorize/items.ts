// A request as its person meets it: single things, each of which they allow or leave out. What they leave makes the
// request narrower (RFC 6749 §3.3: the server "MAY fully or partially ignore the scope requested by the client, based on
// ... the resource owner's instructions").
import type { AuthorizationDetail, ClaimsRequest } from '@countersign/protocol'
import { identityScopes } from '../apis/api.ts'
import type { Apis } from '../apis/catalogue.ts'
import { typeOf } from '../details/asked.ts'
import { chosenOf } from '../details/choice.ts'
import { isWithin } from '../details/within.ts'
import { scopeOf } from '../tokens/user-claims.ts'
import type { AskedFor } from './asked.ts'
import type { Consent } from './consents.store.ts'

/** One thing that is asked for. `key` names it in the form, and where it is remembered. */
export type Item =
  | { readonly kind: 'scope'; readonly key: string; readonly name: string }
  /** Claims that are asked for by name; `name` is the scope that they are of. */
  | { readonly kind: 'claims'; readonly key: string; readonly name: string }
  /** An API that is named without any scope of it. */
  | { readonly kind: 'api'; readonly key: string; readonly identifier: string }
  | { readonly kind: 'detail'; readonly key: string; readonly detail: AuthorizationDetail }

/** What a person ticked: keys of items, and of elements of details (`elementKey`). */
export interface Choice {
  has(key: string): boolean
}

/** Everything. */
export const everything: Choice = { has: () => true }

/** The field that tells a form with boxes. */
export const choosing = 'choose'

/** The key of an element of a list within a detail. */
export function elementKey(detail: string, path: string, index: number): string {
  return `${detail}:${path}:${index}`
}

/** The things that are asked for, in the order in which they are shown. */
export function itemsOf(asked: AskedFor, apis: Apis): readonly Item[] {
  const { scope, resources, disclosed, details = [] } = asked
  const bare = resources.filter(
    (identifier) =>
      !scope.some((name) => apis.ofScope(name)?.identifier === identifier) &&
      !details.some(({ type }) => apis.ofDetails(type)?.identifier === identifier),
  )
  return [
    ...scope.map((name): Item => ({ kind: 'scope', key: `scope:${name}`, name })),
    ...disclosed.map((name): Item => ({ kind: 'claims', key: `claims:${name}`, name })),
    ...bare.map((identifier): Item => ({ kind: 'api', key: `api:${identifier}`, identifier })),
    ...details.map((detail, index): Item => ({ kind: 'detail', key: `detail:${index}`, detail })),
  ]
}

/** Without it there is nothing to allow: who the client asks to be told about (OpenID Connect Core §3.1.2.1). */
export function isRequired(item: Item): boolean {
  return item.kind === 'scope' && item.name === 'openid'
}

/** What a person said of a thing before: it was given, it was left out, or it was not asked. */
export type Standing = 'given' | 'declined' | 'new'

/** How a thing stands by what the person agreed to before. */
export function standingOf(item: Item, consent: Consent | null, apis: Apis): Standing {
  if (consent === null) return 'new'
  if (isGiven(item, consent, apis)) return 'given'
  return consent.declined.includes(item.key) ? 'declined' : 'new'
}

function isGiven(item: Item, { scope, resources, details }: Consent, apis: Apis): boolean {
  switch (item.kind) {
    case 'claims':
      return scope.includes(item.name)
    case 'scope': {
      const api = apis.ofScope(item.name)
      return scope.includes(item.name) && (api === undefined || resources.includes(api.identifier))
    }
    case 'api':
      return resources.includes(item.identifier)
    case 'detail':
      return typeOf(item.detail, apis).remembered && isWithin([item.detail], details, apis.detailsType)
  }
}

/**
 * What is left of a request when its person leaves things out; null when that is nothing.
 *
 * INVARIANT: narrower than or equal to what was asked for, and the identity with `everything`.
 */
export function keptOf(asked: AskedFor, choice: Choice, apis: Apis): AskedFor | null {
  const kept = itemsOf(asked, apis).filter((item) => isRequired(item) || choice.has(item.key))
  const names = (kind: 'scope' | 'claims'): string[] =>
    kept.flatMap((item) => (item.kind === kind ? [item.name] : []))
  const [scope, disclosed] = [names('scope'), names('claims')]
  const details = kept.flatMap((item) => (item.kind === 'detail' ? (leftOf(item, choice, apis) ?? []) : []))
  // Being able to come back is nothing by itself.
  const something = [...scope.filter((name) => name !== 'offline_access'), ...details]
  if (something.length === 0 && !kept.some(({ kind }) => kind === 'api')) return null
  const meant = new Set([
    ...scope.map((name) => apis.ofScope(name)?.identifier),
    ...details.map(({ type }) => apis.ofDetails(type)?.identifier),
    ...kept.map((item) => (item.kind === 'api' ? item.identifier : undefined)),
  ])
  const claims = asked.claims && claimsOf(asked.claims, [...scope, ...disclosed])
  return {
    scope,
    disclosed,
    resources: asked.resources.filter((identifier) => meant.has(identifier)),
    ...(claims !== undefined && { claims }),
    ...(details.length > 0 && { details }),
  }
}

function leftOf(
  { key, detail }: { readonly key: string; readonly detail: AuthorizationDetail },
  choice: Choice,
  apis: Apis,
): AuthorizationDetail | null {
  return chosenOf(detail, typeOf(detail, apis), (path, index) => choice.has(elementKey(key, path, index)))
}

/** Of claims that are asked for by name, those whose scope was not left out. */
function claimsOf({ userinfo, idToken }: ClaimsRequest, kept: readonly string[]): ClaimsRequest {
  const left = (place: ClaimsRequest['userinfo'] = {}): NonNullable<ClaimsRequest['userinfo']> =>
    Object.fromEntries(
      Object.entries(place).filter(([claim]) => {
        const scope = scopeOf(claim)
        return scope === undefined || kept.includes(scope)
      }),
    )
  return { userinfo: left(userinfo), idToken: left(idToken) }
}

/** Whether a thing is about the person, and not about an API. */
export function isIdentity(item: Item): boolean {
  return item.kind === 'claims' || (item.kind === 'scope' && identityScopes.includes(item.name))
}
