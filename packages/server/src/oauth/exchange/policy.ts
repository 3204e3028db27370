// For what a client may exchange tokens (RFC 8693 §2.1, §5): named API by API and scope by scope by an operator. What
// is not named is refused.
import { type Finding, type GrantType, tokenExchange } from '@countersign/protocol'

/** What a client may exchange tokens for. */
export interface ExchangePolicy {
  /** Identifiers of the APIs that it may get tokens for. */
  readonly audiences: readonly string[]
  /**
   * A scope there, and the scopes that it follows from: the new token may have it when the token presented has one of
   * them. A scope that isn't named follows from itself alone.
   */
  readonly scopes: Readonly<Record<string, readonly string[]>>
  /** Whether the new token is the subject's own, with nobody named as acting for them (RFC 8693 §1.1). */
  readonly impersonates: boolean
}

/** As somebody describes it; what is left out is not allowed. */
export type ExchangeDescription = Pick<ExchangePolicy, 'audiences'> & Partial<ExchangePolicy>

/** The policy as it is stored; null where there is none. */
export function exchangeOf(described: ExchangeDescription | null | undefined): ExchangePolicy | null {
  if (described === undefined || described === null) return null
  const { audiences, scopes = {}, impersonates = false } = described
  return { audiences, scopes, impersonates }
}

interface Described {
  readonly grants: readonly GrantType[]
  /** Whether it authenticates itself. */
  readonly isConfidential: boolean
  readonly scopes: readonly string[]
  readonly exchange: ExchangePolicy | null
  /** Whether it may go elsewhere, which the grant is for as well. */
  readonly goesElsewhere: boolean
}

/** A finding, and where. */
type Found = Finding & { readonly path: string }

/** What is wrong with the policy of a client; never quotes a value. */
export function checkExchange({
  grants,
  isConfidential,
  scopes,
  exchange,
  goesElsewhere,
}: Described): Found[] {
  const found: Found[] = []
  const find = (path: string, code: string, message: string): void => {
    found.push({ path, code, message })
  }
  const mayExchange = grants.includes(tokenExchange)
  if (exchange === null) {
    if (mayExchange && !goesElsewhere)
      find('exchange', 'missing', 'must name the APIs that tokens are exchanged for')
    return found
  }
  if (!mayExchange) find('exchange', 'useless', 'goes with the grant of token exchange')
  // RFC 8693 §5: whoever may ask without proving who they are could turn any token that leaked into others.
  if (!isConfidential) find('exchange', 'public', 'is for clients that authenticate themselves')
  if (exchange.audiences.length === 0) find('exchange.audiences', 'missing', 'must name an API')
  for (const [name, sources] of Object.entries(exchange.scopes)) {
    if (!scopes.includes(name))
      find('exchange.scopes', 'foreign', 'names a scope that the client may not ask for')
    if (sources.length === 0)
      find('exchange.scopes', 'missing', 'must say which scope another one follows from')
  }
  return found
}

/**
 * The scopes that a token may be exchanged into. INVARIANT: each is one that the client may ask for, and the token
 * presented has it or one that an operator said it follows from.
 */
export function scopesWithin(
  { scopes, exchange }: { readonly scopes: readonly string[]; readonly exchange: ExchangePolicy },
  presented: readonly string[],
): readonly string[] {
  const follows = (name: string): boolean =>
    Object.hasOwn(exchange.scopes, name) &&
    (exchange.scopes[name] ?? []).some((source) => presented.includes(source))
  return scopes.filter((name) => presented.includes(name) || follows(name))
}
