// A client with a key, a token that is bound to it, and the API that it asks: for the tests of DPoP.
import assert from 'node:assert/strict'
import { type TestProof, testDpopKey, testIssuer } from '../testing/index.ts'
import { authorizeRequest, createVerifier, type VerifierOptions } from './index.ts'

export const start = 1_800_000_000
export const url = 'https://api.test/accounts?limit=2'

/** An API, its issuer, and a client with a key and a token that is bound to it. */
export async function world(options: Partial<VerifierOptions> = {}) {
  const clock = { now: start }
  const now = () => clock.now
  const [issuer, key] = await Promise.all([testIssuer({ now }), testDpopKey({ now })])
  const verifier = createVerifier({ ...issuer.options, ...options })
  const token = issuer.token({ subject: 'usr_ada', boundTo: key.thumbprint, expiresIn: 3600 })
  const headers = (proof: Partial<TestProof> = {}) => key.headers({ url, token, ...proof })
  const ask = (sent: Record<string, string> = headers(), init: RequestInit = {}, at = url) =>
    authorizeRequest(new Request(at, { ...init, headers: sent }), verifier)
  return { clock, issuer, key, verifier, token, headers, ask }
}

type Outcome = Awaited<ReturnType<Awaited<ReturnType<typeof world>>['ask']>>

export function passes(outcome: Outcome): void {
  assert.ok(outcome.ok, outcome.ok ? '' : outcome.detail)
  assert.equal(outcome.principal?.subject, 'usr_ada')
}

export function refuses(outcome: Outcome, code: string, detail: RegExp): void {
  assert.ok(!outcome.ok, 'refused')
  assert.equal(outcome.code, code, outcome.detail)
  assert.match(outcome.detail, detail)
}
