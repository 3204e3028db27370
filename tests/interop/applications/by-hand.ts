// What some libraries leave to their callers, by plain HTTP, as an application would add it.
import { deepEqual, equal } from 'node:assert/strict'
import type { ClientRun } from '../client-run.ts'

export type Metadata = Readonly<Record<string, string>>

export async function metadataOf({ issuer }: ClientRun): Promise<Metadata> {
  const answer = await fetch(`${issuer}/.well-known/openid-configuration`)
  return (await answer.json()) as Metadata
}

/** OpenID Connect Core §5.3. */
export async function userInfo(metadata: Metadata, accessToken: string): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${accessToken}` }
  const answer = await fetch(metadata['userinfo_endpoint'] ?? '', { headers })
  equal(answer.status, 200)
  return (await answer.json()) as Record<string, unknown>
}

/** RFC 7662. */
export async function isActive(run: ClientRun, metadata: Metadata, token: string): Promise<boolean> {
  const body = new URLSearchParams({
    token,
    client_id: run.clientId,
    client_secret: run.clientSecret,
  })
  const answer = await fetch(metadata['introspection_endpoint'] ?? '', { method: 'POST', body })
  return ((await answer.json()) as { active: boolean }).active
}

/** RP-Initiated Logout §2: the session of the browser ends, and she comes back. */
export async function leave(run: ClientRun, metadata: Metadata, idToken: string): Promise<void> {
  const address = new URL(metadata['end_session_endpoint'] ?? '')
  address.search = new URLSearchParams({
    id_token_hint: idToken,
    post_logout_redirect_uri: run.postLogoutRedirectUri,
    state: 'bye',
  }).toString()
  equal((await run.browser.walk(address)).href, `${run.postLogoutRedirectUri}?state=bye`)
}

/** Nobody is signed in in this browser any more. */
export async function isSignedOut(run: ClientRun, authorizationUrl: string | URL): Promise<void> {
  const silent = new URL(authorizationUrl)
  silent.searchParams.set('prompt', 'none')
  deepEqual((await run.browser.walk(silent)).searchParams.get('error'), 'login_required')
}

/** Answers only to whoever asked: the parameters of the page that the person came back to. */
export function answerOf(run: ClientRun, left: URL, state: string): string {
  equal(left.searchParams.get('state'), state)
  equal(left.searchParams.get('iss'), run.issuer)
  return left.searchParams.get('code') ?? ''
}
