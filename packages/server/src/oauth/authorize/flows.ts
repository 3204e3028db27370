/** Flows: a request is put aside while a person signs in or decides, and found again by its reference. */
import { digest, type Parameters } from '@countersign/protocol'
import type { Incoming } from '../../platform/http/exchange.ts'
import { Refusal } from '../../platform/http/failure.ts'
import type { OAuthRoom } from '../room.ts'
import { doublePressSeconds, type Flow, flowByDigest, insertFlow } from './flows.store.ts'

/** Puts a request aside. @returns the reference, for this browser's address bar only */
export async function putAside(
  { platform, lifetimes }: OAuthRoom,
  request: Incoming,
  parameters: Parameters,
  priorProof: string | null,
): Promise<string> {
  const reference = platform.runtime.secret()
  const now = platform.runtime.now()
  const flow: Flow = {
    digest: digest(reference),
    browserDigest: request.browser.digest,
    parameters,
    priorProof,
    startedAt: now,
    expiresAt: now + lifetimes.flow,
    finishedAt: null,
  }
  await platform.database.commit([insertFlow(platform.database, flow)])
  return reference
}

/**
 * The flow of a reference, for the browser that it began in.
 *
 * @throws Refusal 400, a page that says how to start again: unknown, of another browser, or answered already
 */
export async function pickUp({ platform }: OAuthRoom, request: Incoming, reference: string): Promise<Flow> {
  const flow = await flowByDigest(platform.database, digest(reference))
  if (flow === undefined || flow.browserDigest !== request.browser.digest)
    throw new Refusal(400, {}, elsewhere)
  const { finishedAt } = flow
  if (finishedAt !== null && finishedAt <= platform.runtime.now() - doublePressSeconds)
    throw alreadyAnswered()
  return flow
}

export function alreadyAnswered(): Refusal {
  return new Refusal(400, {}, answered)
}

const elsewhere =
  'This sign-in was started in another browser, or it has been too long. Go back to the application and start again from there.'
const answered =
  'This request has been answered already. Go back to the application; you can start again from there.'
