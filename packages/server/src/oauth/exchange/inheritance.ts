// What a token keeps of the one that it was exchanged for (RFC 8693 §4): whom it is about, who acts, through whose hands
// it came, and when it ends.
import { type AccessClaims, type ActorClaim, OAuthError } from '@countersign/protocol'

/** What an exchanged token is bound by beside the rules for every token. */
export interface Inheritance {
  /** Whom it is about: the same as before. */
  readonly subject: string
  /** Who acts for them, and for whom in turn; null where nobody does. */
  readonly actor: ActorClaim | null
  /** The clients that it came through, the first one first. */
  readonly via: readonly string[]
  /** Who alone may act, as was said of the token before. */
  readonly mayAct: AccessClaims['may_act']
  /** The last moment of whatever was presented, in seconds. */
  readonly expiresAt: number
}

/** Most that act for each other, and most clients that a token goes through: an answer stays readable, and small. */
const mostHands = 5

/** How they are said in the token. */
export function inheritedClaims(
  inherits: Inheritance | undefined,
): Pick<AccessClaims, 'act' | 'via' | 'may_act'> {
  if (inherits === undefined) return {}
  const { actor, via, mayAct } = inherits
  return {
    ...(actor !== null && { act: actor }),
    ...(via.length > 0 && { via }),
    ...(mayAct !== undefined && { may_act: mayAct }),
  }
}

/**
 * Who acts from now on: `actor` for whoever acted before (RFC 8693 §4.1: "the outermost "act" claim represents the
 * current actor"). Whoever acts already is not named again.
 *
 * @param actor null where nobody is added
 * @throws OAuthError `invalid_request` when there are too many
 */
export function chainOf(before: ActorClaim | undefined, actor: string | null): ActorClaim | null {
  if (actor === null || before?.sub === actor) return before ?? null
  const chain: ActorClaim = before === undefined ? { sub: actor } : { sub: actor, act: before }
  let length = 0
  for (let at: ActorClaim | undefined = chain; at !== undefined; at = at.act) length++
  if (length > mostHands) throw tooMany()
  return chain
}

/**
 * The clients that a token came through before `last`, each once.
 *
 * @throws OAuthError `invalid_request` when there are too many
 */
export function handsOf(before: readonly string[], last: string): readonly string[] {
  const via = [...new Set(before)].filter((client) => client !== last)
  if (via.length > mostHands) throw tooMany()
  return via
}

function tooMany(): OAuthError {
  return new OAuthError('invalid_request', { description: 'The token has been exchanged too often.' })
}
