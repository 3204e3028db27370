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
      return attempts.keep(platform, request, { ...attempt, secret: state }, secrets)
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
  const found = await attempts.find(platform, request, { upstream, secret: state })
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
  const { identity, userId, stepUp, continueTo } = offer
  const row = { upstream: identity.upstream, continueTo, secret: ticket }
  return { ticket, write: offers.keep(platform, request, row, { identity, userId, stepUp }) }
}

/** The open offer of this ticket, in its own browser; null when there is none. Looking at it changes nothing. */
export async function readLinkOffer(
  platform: World,
  request: Asking,
  upstream: string,
  ticket: string | undefined,
): Promise<LinkOffer | null> {
  const found = await offers.find(platform, request, { upstream, secret: ticket })
  if (found === null) return null
  const { content, stored } = found
  const finish = finishAttempt(platform.database, platform.runtime.now(), stored)
  return { ...content, continueTo: stored.continueTo, finish }
}

/** What names a row: the digest of a secret, and the provider that it is for. */
interface RowKey {
  readonly upstream: string
  readonly secret: string
}

/** Rows of one kind, which hold this content. */
interface Rows<Content> {
  keep(world: World, request: Asking, row: RowKey & Pick<Onwards, 'continueTo'>, content: Content): Write
  find(
    world: World,
    request: Asking,
    row: Pick<RowKey, 'upstream'> & { readonly secret: string | undefined },
  ): Promise<{ readonly content: Content; readonly stored: StoredAttempt } | null>
}

/** What a row is for is part of the place that its content is sealed for: a `state` is no ticket and a ticket no `state`. */
function rowsFor<Content>(use: 'secrets' | 'link'): Rows<Content> {
  const placeOf = (key: string): string => `upstream_attempts/${key}/${use}`
  return {
    keep: ({ database, runtime, vault }, request, { upstream, secret, continueTo }, content) => {
      const now = runtime.now()
      const key = digest(secret)
      return insertAttempt(database, {
        digest: key,
        upstream,
        browserDigest: request.browser.digest,
        sealedSecrets: vault.seal(placeOf(key), JSON.stringify(content)),
        continueTo,
        createdAt: now,
        expiresAt: (now + attemptSeconds) as Instant,
      })
    },
    find: async ({ database, runtime, vault }, request, { upstream, secret }) => {
      if (secret === undefined || !/^[A-Za-z0-9_-]{43}$/.test(secret)) return null
      const key = digest(secret)
      const binding = { digest: key, upstream, browserDigest: request.browser.digest }
      const stored = await openAttempt(database, runtime.now(), binding)
      if (stored === null) return null
      try {
        return { content: JSON.parse(vault.open(placeOf(key), stored.sealedSecrets)) as Content, stored }
      } catch (error) {
        if (error instanceof SealBroken) return null
        throw error
      }
    },
  }
}

const attempts = rowsFor<AttemptSecrets>('secrets')
const offers = rowsFor<Pick<LinkOffer, 'identity' | 'userId' | 'stepUp'>>('link')
