// Flows: a request is put aside while a person signs in or decides, and found again by its reference.
import { digest, Parameters } from '@countersign/protocol'
import type { Incoming } from '../../platform/http/exchange.ts'
import { Refusal } from '../../platform/http/failure.ts'
import { SealBroken } from '../../platform/keys/vault.ts'
import type { OAuthRoom } from '../room.ts'
import { doublePressSeconds, flowByDigest, insertFlow, type StoredFlow } from './flows.store.ts'

/** A request that was put aside, together with the reference that it was found by. */
export interface FoundFlow extends Omit<StoredFlow, 'sealedParameters'> {
  readonly reference: string
  /** The request as the client sent it. */
  readonly parameters: Parameters
}

/** Nobody's in particular: a request that was posted waits for whichever browser brings its reference. */
export const anyBrowser = { digest: 'any' } as const

/** Puts a request aside. @returns the reference, for this browser's address bar only */
export async function putAside(
  room: OAuthRoom,
  browser: { readonly digest: string },
  parameters: Parameters,
  priorProof: string | null,
): Promise<string> {
  const { database, runtime } = room.platform
  const reference = runtime.secret()
  const flow = { ...newFlow(room, reference, parameters), browserDigest: browser.digest, priorProof }
  await database.commit([insertFlow(database, flow)])
  return reference
}

/** What is the same of every request that is put aside now, whoever waits for it. */
export function newFlow(
  { platform, lifetimes }: OAuthRoom,
  reference: string,
  parameters: Parameters,
): Omit<StoredFlow, 'browserDigest' | 'priorProof'> {
  const now = platform.runtime.now()
  const key = digest(reference)
  return {
    digest: key,
    sealedParameters: platform.vault.seal(placeOf(key), parameters.toString()),
    startedAt: now,
    expiresAt: now + lifetimes.flow,
    finishedAt: null,
    pushed: null,
  }
}

/**
 * The flow of a reference, for the browser that it began in; a posted one for any.
 *
 * @throws Refusal 400, a page that says how to start again: unknown, of another browser, or answered already
 */
export async function pickUp(room: OAuthRoom, request: Incoming, reference: string): Promise<FoundFlow> {
  const flow = await findFlow(room, reference)
  if (flow === undefined || ![request.browser.digest, anyBrowser.digest].includes(flow.browserDigest))
    throw new Refusal(400, {}, elsewhere)
  const now = room.platform.runtime.now()
  const { finishedAt, pushed, expiresAt } = flow
  if (finishedAt !== null && finishedAt <= now - doublePressSeconds) throw alreadyAnswered()
  // RFC 9126 §4: a client uses the name of a request "only once", so this one can't begin anew.
  if (pushed !== null && now >= expiresAt) throw new Refusal(400, {}, elsewhere)
  return flow
}

/** The flow of a reference, whoever asks; undefined when it is unknown or was sealed under a forgotten secret. */
export async function findFlow({ platform }: OAuthRoom, reference: string): Promise<FoundFlow | undefined> {
  const stored = await flowByDigest(platform.database, digest(reference))
  if (stored === undefined) return undefined
  const { sealedParameters, ...flow } = stored
  try {
    const text = platform.vault.open(placeOf(stored.digest), sealedParameters)
    return { ...flow, reference, parameters: Parameters.parse(text) }
  } catch (error) {
    if (error instanceof SealBroken) return undefined
    throw error
  }
}

function placeOf(key: string): string {
  return `flows/${key}/parameters`
}

/** What a person reads who answers the same request once more. */
export function alreadyAnswered(): Refusal {
  return new Refusal(400, {}, answered)
}

const elsewhere =
  'This sign-in was started in another browser, or it has been too long. Go back to the application and start again from there.'
const answered =
  'This request has been answered already. Go back to the application; you can start again from there.'
