// How a client has to make its authorization requests (RFC 9126 §6): what it may leave open by its registration, so that
// nobody who forges a request in its name gets past it.

/** What is registered of a client's authorization requests. */
export interface RequestRules {
  /** `require_pushed_authorization_requests`: a request that it did not push is refused. */
  readonly mustPush: boolean
}

/** Those of a client that says nothing of it. */
export const usualRules: RequestRules = Object.freeze({ mustPush: false })

/** A finding of checkClient. */
interface RuleFinding {
  readonly path: string
  readonly code: string
  readonly message: string
}

interface Described {
  readonly redirectUris?: readonly string[]
  readonly requests?: Partial<RequestRules>
}

/** What is wrong with the rules of a client as described; never quotes a value. */
export function checkRequestRules({ redirectUris = [], requests }: Described): RuleFinding[] {
  if (requests === undefined || redirectUris.length > 0) return []
  return [{ path: 'requests', code: 'useless', message: 'is for clients in which people sign in' }]
}

/** The rules of a description. */
export function rulesOf(described: Partial<RequestRules> | undefined): RequestRules {
  return { ...usualRules, ...described }
}

/** As stored; null for the usual ones. */
export function storedRules(rules: RequestRules): string | null {
  const others = Object.entries(rules).filter(
    ([name, value]) => value !== usualRules[name as keyof RequestRules],
  )
  return others.length === 0 ? null : JSON.stringify(Object.fromEntries(others))
}

/** What storedRules wrote, also when it knew fewer rules. */
export function readRules(text: string | null): RequestRules {
  return text === null ? usualRules : rulesOf(JSON.parse(text) as Partial<RequestRules>)
}
