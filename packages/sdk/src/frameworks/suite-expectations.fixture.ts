// What the suite expects of a reply: a pass with its principal, or a refusal that is right in every part.
import assert from 'node:assert/strict'
import type { Reply } from './suite-scene.fixture.ts'

/** The request reached the route, which saw this subject (null: nobody) in every place where it could look. */
export function passes(reply: Reply, subject: string | null = 'usr_test'): void {
  assert.equal(reply.status, 200, reply.text)
  assert.equal(reply.body.principal?.subject ?? null, subject)
  assert.equal(reply.body.isSame, true, 'getAuth() and the request name the same principal')
}

/**
 * The request was refused in the one right way. `challenge` is the start of WWW-Authenticate, null for none.
 */
export function refuses(reply: Reply, status: number, code: string, challenge: string | null): void {
  assert.equal(reply.status, status, reply.text)
  assert.equal(reply.header('cache-control'), 'no-store')
  const sent = bearerChallenge(reply)
  if (challenge === null) assert.equal(sent, null)
  else assert.ok(sent?.startsWith(challenge), `${sent} starts with ${challenge}`)
  if (reply.quirks.writesBodies) return
  // Fastify adds a charset, which does nothing to JSON.
  assert.match(reply.header('content-type') ?? '', /^application\/problem\+json(?:; charset=utf-8)?$/)
  assert.equal(reply.body['type'], 'about:blank')
  assert.equal(reply.body.code, code)
  assert.equal(reply.body['status'], status)
  assert.equal(typeof reply.body['title'], 'string')
  assert.equal(typeof reply.body['detail'], 'string')
}

/** The refusal's body says how to mend it. */
export function offers(reply: Reply, member: 'scope' | 'max_age' | 'acr_values', value: unknown): void {
  if (!reply.quirks.writesBodies) assert.equal(reply.body[member], value)
}

/** The challenge for bearer tokens; one for bound tokens follows it (RFC 9449 §7.1). */
export function bearerChallenge(reply: Reply): string | null {
  return reply.header('www-authenticate')?.split(', DPoP ')[0] ?? null
}

export function refusesAsNobody(reply: Reply): void {
  refuses(reply, 401, 'unauthenticated', 'Bearer')
  // RFC 6750 §3.1: "the resource server SHOULD NOT include an error code"
  assert.doesNotMatch(reply.header('www-authenticate') ?? '', /error|Basic/)
}

export function refusesToken(reply: Reply): void {
  refuses(reply, 401, 'invalid_token', 'Bearer error="invalid_token"')
}

export function refusesRequest(reply: Reply): void {
  refuses(reply, 400, 'invalid_request', 'Bearer error="invalid_request"')
}
