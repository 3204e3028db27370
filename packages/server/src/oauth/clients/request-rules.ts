// How a client has to make its authorization requests (RFC 9126 §6, RFC 9101 §10.5), so that nobody who makes one in its
// name can leave that open; and how signed answers to them are signed (JARM §3).
import { asymmetricAlgorithms, importJwkSet, type JwsAlgorithm, KeyError } from '@countersign/protocol'
import { type SigningAlgorithm, signingAlgorithms } from '../../platform/keys/keyring.ts'

/** What is registered of a client's authorization requests. */
export interface RequestRules {
  /** `require_pushed_authorization_requests`: a request that it did not push is refused. */
  readonly mustPush: boolean
  /** `require_signed_request_object`: a request that it did not sign is refused. */
  readonly mustSign: boolean
  /** `request_object_signing_alg`: the one algorithm that it signs with; null for whichever its keys are for. */
  readonly signingAlg: JwsAlgorithm | null
  /** `authorization_signed_response_alg` (JARM §3); null for that of its ID tokens. */
  readonly responseAlg: SigningAlgorithm | null
}

/** Those of a client that says nothing of it. */
export const usualRules: RequestRules = Object.freeze({
  mustPush: false,
  mustSign: false,
  signingAlg: null,
  responseAlg: null,
})

/** A finding of checkClient. */
interface RuleFinding {
  readonly path: string
  readonly code: string
  readonly message: string
}

interface Described {
  readonly redirectUris?: readonly string[]
  readonly jwks?: Readonly<Record<string, unknown>> | undefined
  readonly jwksUri?: string | null
  readonly requests?: Partial<RequestRules>
}

/** What is wrong with the rules of a client as described; never quotes a value. */
export function checkRequestRules({
  redirectUris = [],
  jwks,
  jwksUri = null,
  requests,
}: Described): RuleFinding[] {
  if (requests === undefined) return []
  const findings: RuleFinding[] = []
  const find = (path: string, code: string, message: string): void => {
    findings.push({ path, code, message })
  }
  if (redirectUris.length === 0) find('requests', 'useless', 'is for clients in which people sign in')
  const { signingAlg = null, responseAlg = null } = requests
  if (responseAlg !== null && !signingAlgorithms.includes(responseAlg))
    find('requests.responseAlg', 'unknown', `must be ${signingAlgorithms.join(' or ')}`)
  if (signingAlg !== null && !asymmetricAlgorithms.includes(signingAlg))
    find('requests.signingAlg', 'unknown', `must be one of ${asymmetricAlgorithms.join(', ')}`)
  else if (signsRequests(requests) && jwksUri === null && !holdsKeyFor(jwks, signingAlg))
    find('jwks', 'missing', 'must hold a key that its requests are signed with')
  return findings
}

/** Whether the rules speak of signatures, for which the client needs keys. */
function signsRequests({ mustSign = false, signingAlg = null }: Partial<RequestRules>): boolean {
  return mustSign || signingAlg !== null
}

/** Whether a set of public keys holds one to check such signatures with. @param alg null for any */
export function holdsKeyFor(jwks: Described['jwks'], alg: JwsAlgorithm | null): boolean {
  if (jwks === undefined) return false
  try {
    return importJwkSet(jwks).keys.some((key) => alg === null || key.alg === alg)
  } catch (error) {
    if (error instanceof KeyError) return false
    throw error
  }
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
