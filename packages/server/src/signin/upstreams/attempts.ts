// One attempt to sign in upstream, from its beginning to the one answer that may end it. Everything that the answer is
// checked against lies in one row: provider, browser, issuer, nonce, PKCE verifier; what is absent fails. A second kind
// of row, the link offer, carries a proven identity from the answer to the proof that it may be linked.
import { codeChallenge, digest } from '@countersign/protocol'
import type { Write } from '../../platform/db/engine.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import { SealBroken } from '../../platform/keys/vault.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Instant } from '../../platform/runtime.ts'
import { finishAttempt, insertAttempt, openAttempt, type StoredAttempt } from './attempts.store.ts'
import type { ProvenIdentity, Start } from './drivers/connection.ts'

/** Seconds that a person has at the provider, and again to prove that an account is theirs. */
const attemptSeconds = 600

type World = Pick<Platform, 'database' | 'runtime' | 'vault'>
type Asking = Pick<Incoming, 'browser'>

/** What the attempt is for: to sign in, or to link the provider with the account that is signed in. */
export type Purpose = { readonly kind: 'sign-in' } | { readonly kind: 'link'; readonly userId: string }

/** Where a person is on the way to. */
export interface Onwards {
  /** The sealed return address; null when there is none. */
  readonly continueTo: string | null
  /** Whether one factor won't do there. */
  readonly stepUp: boolean
}

/** On the way to nothing but their account. */
export const nowhere: Onwards = { continueTo: null, stepUp: false }

interface AttemptSecrets {
  readonly nonce: string
  readonly codeVerifier: string
  readonly issuer: string
  readonly purpose: Purpose
  readonly stepUp: boolean
}

/** An attempt whose answer has come; it is over, whatever the answer turns out to be. */
export interface AnsweredAttempt extends AttemptSecrets, Onwards {
  readonly state: string
}

/** What a new attempt is for. */
export interface NewAttempt extends Onwards {
  readonly upstream: string
  readonly purpose: Purpose
}

/** An attempt with its secrets drawn, and not yet stored. */
export interface DrawnAttempt {
  /** What the provider is told. */
  readonly start: Start
  /** The row, once the provider has said who will answer. */
  keep(issuer: string): Write
}

/** Draws the secrets of a new attempt. */
export function drawAttempt(platform: World, request: Asking, attempt: NewAttempt): DrawnAttempt {
  const { runtime } = platform
  const state = runtime.secret()
  const nonce = runtime.secret()
  const codeVerifier = runtime.secret()
  return {
    start: { state, nonce, codeChallenge: codeChallenge(codeVerifier) },
    keep: (issuer) => {
      const { purpose, stepUp } = attempt
      const secrets: AttemptSecrets = { nonce, codeVerifier, issuer, purpose, stepUp }
      return keep(platform, request, 'secrets', state, attempt, secrets)
    },
  }
}

/**
 * Finds the attempt that `state` belongs to and ends it.
 * INVARIANT: at most one answer to an attempt gets this far, only at its own provider's address and in its own browser;
 * any other leaves the attempt as it was.
 * @returns null when there is no such attempt
 */
export async function answerAttempt(
  platform: World,
  request: Asking,
  upstream: string,
  state: string | undefined,
): Promise<AnsweredAttempt | null> {
  const found = await find<AttemptSecrets>(platform, request, 'secrets', upstream, state)
  if (found === null || state === undefined) return null
  const now = platform.runtime.now()
  const committed = await platform.database.commit([finishAttempt(platform.database, now, found.stored)])
  return committed.ok ? { ...found.content, state, continueTo: found.stored.continueTo } : null
}

/** A proven identity that waits for the proof that the account with its e-mail address belongs to the same person. */
export interface LinkOffer extends Onwards {
  readonly identity: ProvenIdentity
  readonly userId: string
  /** Ends the offer; loses `attempt` when it is over. */
  readonly finish: Write
}

/** @returns the secret that names the offer in the form, and the row to commit. */
export function drawLinkOffer(
  platform: World,
  request: Asking,
  offer: Omit<LinkOffer, 'finish'>,
): { readonly ticket: string; readonly write: Write } {
  const ticket = platform.runtime.secret()
  const attempt = { upstream: offer.identity.upstream, continueTo: offer.continueTo }
  const content = { identity: offer.identity, userId: offer.userId, stepUp: offer.stepUp }
  return { ticket, write: keep(platform, request, 'link', ticket, attempt, content) }
}

/** The open offer of this ticket, in its own browser; null when there is none. Looking at it changes nothing. */
export async function readLinkOffer(
  platform: World,
  request: Asking,
  upstream: string,
  ticket: string | undefined,
): Promise<LinkOffer | null> {
  const found = await find<Pick<LinkOffer, 'identity' | 'userId' | 'stepUp'>>(
    platform,
    request,
    'link',
    upstream,
    ticket,
  )
  if (found === null) return null
  const { content, stored } = found
  const finish = finishAttempt(platform.database, platform.runtime.now(), stored)
  return { ...content, continueTo: stored.continueTo, finish }
}

// What a row is for is part of the place that its content is sealed for: a `state` is no ticket and a ticket no `state`.
type Use = 'secrets' | 'link'

function place(use: Use, key: string): string {
  return `upstream_attempts/${key}/${use}`
}

function keep(
  platform: World,
  request: Asking,
  use: Use,
  secret: string,
  attempt: Pick<NewAttempt, 'upstream' | 'continueTo'>,
  content: unknown,
): Write {
  const now = platform.runtime.now()
  const key = digest(secret)
  return insertAttempt(platform.database, {
    digest: key,
    upstream: attempt.upstream,
    browserDigest: request.browser.digest,
    sealedSecrets: platform.vault.seal(place(use, key), JSON.stringify(content)),
    continueTo: attempt.continueTo,
    createdAt: now,
    expiresAt: (now + attemptSeconds) as Instant,
  })
}

async function find<T>(
  platform: World,
  request: Asking,
  use: Use,
  upstream: string,
  secret: string | undefined,
): Promise<{ readonly content: T; readonly stored: StoredAttempt } | null> {
  if (secret === undefined || !/^[A-Za-z0-9_-]{43}$/.test(secret)) return null
  const key = digest(secret)
  const binding = { digest: key, upstream, browserDigest: request.browser.digest }
  const stored = await openAttempt(platform.database, platform.runtime.now(), binding)
  if (stored === null) return null
  try {
    return { content: JSON.parse(platform.vault.open(place(use, key), stored.sealedSecrets)) as T, stored }
  } catch (error) {
    if (error instanceof SealBroken) return null
    throw error
  }
}
