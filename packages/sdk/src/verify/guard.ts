// `auth()` without a framework: options read once, then one function from a request to what is to be done.
import { attach } from './attached.ts'
import {
  type Authorize,
  type Authorized,
  type AuthorizeOptions,
  dpopHere,
  prepareAuthorize,
} from './authorize.ts'
import { type BasicOptions, withPasswords } from './by-password.ts'
import type { Credentials, Verifiable } from './credentials.ts'
import { checkAuthNames } from './known-options.ts'
import type { Refusal, Terms } from './refusal.ts'
import { type MetadataOptions, type ResourceMetadata, resourceMetadata } from './resource-metadata.ts'
import type { VerifierOptions } from './settings.ts'
import { sharedVerifier, type Verifier } from './verifier.ts'

/**
 * The options of every framework's `auth()`. Without a `verifier`, one is made of the same options (and shared); with
 * one, those of its options that stand here say nothing, but for `dpop: 'required'`.
 */
export interface AuthOptions<Request = unknown> extends AuthorizeOptions<Request>, VerifierOptions {
  readonly verifier?: Verifier
  /**
   * Serves this API's metadata (RFC 9728) and points to it in challenges. The guard must then see requests for
   * `/.well-known/oauth-protected-resource`, so mount it at the root, before the routes.
   */
  readonly metadata?: boolean | MetadataOptions
  /**
   * Takes a person's name and password too, with each request (RFC 7617), for callers that can do nothing else; the issuer's
   * profile `basic` has to be on. Modes database and revocable.
   */
  readonly basic?: boolean | BasicOptions<Request>
  /** Speaks another wire than RFC 6750's, for front ends that know it: see `@countersign/sdk/simplejwt` and `…/knock`. */
  readonly answers?: Answers
  /** Told of every refusal, before it is sent; `refusal.detail` says why, for the log. */
  readonly onRefusal?: (refusal: Refusal, request: Request) => void
}

/** Where a wire has its tokens, and what it answers: all that differs from RFC 6750 for a client. */
export interface Answers {
  read(view: Verifiable): Credentials
  write(refusal: Refusal): {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    /** Ready to be sent. */
    readonly text: string
  }
}

/** The answer to a request that does not pass. */
export interface Served {
  readonly ok: false
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Ready to be sent. */
  readonly text: string
}

/**
 * Judges one request and remembers its principal for `getAuth`. `view` is what is read of the request, `request` is what
 * the application knows it by.
 */
export type Guard<Request extends object> = (
  view: Verifiable,
  request: Request,
) => Promise<Authorized | Served>

/**
 * Makes a guard for one kind of request: what a framework that has no adapter here is protected with.
 *
 * @throws TypeError for missing settings, unknown and contradicting options, so at start and not at the first request
 */
export function createGuard<Request extends object>(options: AuthOptions<Request>): Guard<Request> {
  checkAuthNames(options)
  const verifier = options.verifier ?? sharedVerifier(options)
  const metadata = metadataOf(verifier, options.metadata)
  const { answers } = options
  const terms = { resourceMetadata: metadata?.url, dpop: dpopHere(verifier, options) }
  const byToken = prepareAuthorize(verifier, options, metadata?.url, answers?.read)
  const authorize = takingPasswords(byToken, verifier, options, terms)
  const remembered = { now: verifier.now, terms }

  return async (view, request) => {
    const document = metadata?.answer(view.method, view.url)
    if (document !== undefined) return { ...document, ok: false }
    const outcome = await authorize(view, request)
    if (outcome.ok === true) {
      attach(request, { ...remembered, principal: outcome.principal })
      return outcome
    }
    attach(request, { ...remembered, principal: null })
    options.onRefusal?.(outcome, request)
    if (answers !== undefined) return { ...answers.write(outcome), ok: false }
    return { ok: false, status: outcome.status, headers: outcome.headers, text: JSON.stringify(outcome.body) }
  }
}

function takingPasswords<Request extends object>(
  authorize: Authorize<Request>,
  verifier: Verifier,
  { basic = false, baseUrl, fetch, timeoutMs }: AuthOptions<Request>,
  terms: Terms,
): Authorize<Request> {
  if (basic === false) return authorize
  const place = { verifier, terms, baseUrl, fetch, timeoutMs }
  return withPasswords(authorize, basic === true ? {} : basic, place)
}

function metadataOf(verifier: Verifier, option: AuthOptions['metadata']): ResourceMetadata | undefined {
  if (option === undefined || option === false) return undefined
  return resourceMetadata(verifier, option === true ? {} : option)
}
