// Steps that tests of the profile take, and what they expect of every refusal.
import assert from 'node:assert/strict'
import { encodeBase64url, importSecretJwk, peekUnverified, signJws } from '@countersign/protocol'
import { password } from '../../accounts/people.fixture.ts'
import type { Answer } from '../../platform/house.ts'
import { djangoSecret, type SimpleJwtHouse } from '../profile.fixture.ts'

export const credentials = { username: 'ada', password }
const djangoKey = importSecretJwk({ kty: 'oct', k: encodeBase64url(djangoSecret) }, 'HS256')

/** A token as Django itself would have signed it. */
export function byDjango(claims: object): string {
  return signJws({ typ: 'JWT' }, claims, djangoKey)
}

export function claimsOf(token: unknown): Record<string, unknown> {
  return { ...(peekUnverified(String(token))?.claims ?? assert.fail('no token')) }
}

export async function pairOf(house: SimpleJwtHouse): Promise<{ access: string; refresh: string }> {
  const answer = await house.send('/api/token/', credentials)
  assert.equal(answer.status, 200, answer.body)
  return answer.json() as { access: string; refresh: string }
}

export const refreshWith = (house: SimpleJwtHouse, refresh: unknown) =>
  house.send('/api/token/refresh/', { refresh })

export function assertRefused(answer: Answer, detail: string, code?: string): void {
  assert.equal(answer.status, 401, answer.body)
  assert.deepEqual(answer.json(), code === undefined ? { detail } : { detail, code })
  assert.equal(answer.header('www-authenticate'), 'Bearer realm="api"')
}
