// How an API takes tokens that are bound to a key (RFC 9449 §7): the option as given, and the terms that it comes to.
import { dpopAlgorithms, type JwsAlgorithm } from '@countersign/protocol'
import { checkDpopNames } from './known-options.ts'
import type { ReplayStore } from './replay.ts'

/** Whether bound tokens are taken: never, beside bearer tokens, or alone. */
export type DpopUse = 'off' | 'allowed' | 'required'

/** The same with everything that can be chosen. */
export interface DpopOptions {
  /** `'allowed'` unless told. */
  readonly use?: DpopUse
  /** That proofs may be signed with; every asymmetric one unless told. */
  readonly algorithms?: readonly JwsAlgorithm[]
  /** Which proofs were taken; a memory of this process unless given, which is enough for one process. */
  readonly replay?: ReplayStore
  /**
   * Asks for a nonce of this API in every proof (RFC 9449 §9), so that none can be made ahead. True for one process;
   * for several, the secret of at least 32 characters that they share.
   */
  readonly nonces?: boolean | string
}

/** What a challenge and the metadata say of it. */
export interface DpopTerms {
  readonly isRequired: boolean
  /** Whether callers are told that it is spoken here: only where the option `dpop` says something. */
  readonly isAnnounced: boolean
  readonly algorithms: readonly JwsAlgorithm[]
}

export type DpopSettings =
  | { readonly isOn: false; readonly why: string }
  | ({
      readonly isOn: true
      /** The public address of this server's `/`, without a slash at its end. */
      readonly baseUrl: string
      readonly replay: ReplayStore | undefined
      readonly nonces: boolean | string
    } & DpopTerms)

/** Null where no bound tokens are taken. */
export function termsOf(settings: DpopSettings): DpopTerms | null {
  if (!settings.isOn) return null
  const { isRequired, isAnnounced, algorithms } = settings
  return { isRequired, isAnnounced, algorithms }
}

/**
 * Without a word bound tokens are taken wherever this API's public address is known: such a token then simply works, and
 * can't do so without its proof; but nobody is asked for one, and challenges stay as short as they were. Bearer tokens
 * are as good as ever.
 *
 * @throws TypeError for what makes no sense, or can't be kept for want of an address
 */
export function dpopSettings(
  given: DpopUse | DpopOptions | undefined,
  place: { readonly audience: string; readonly baseUrl: string | undefined },
): DpopSettings {
  const options: DpopOptions = typeof given === 'string' ? { use: given } : (given ?? {})
  checkDpopNames(options)
  const { use = 'allowed', algorithms = dpopAlgorithms, replay, nonces = false } = options
  if (!['off', 'allowed', 'required'].includes(use)) {
    throw new TypeError("dpop is 'off', 'allowed' or 'required'")
  }
  if (use === 'off') return { isOn: false, why: 'dpop is off here' }
  if (algorithms.length === 0 || !algorithms.every((name) => dpopAlgorithms.includes(name))) {
    throw new TypeError('dpop.algorithms names asymmetric algorithms')
  }
  if (typeof nonces === 'string' && nonces.length < 32) {
    throw new TypeError('dpop.nonces is a secret of at least 32 characters')
  }
  const baseUrl = baseOf(place)
  if (baseUrl === undefined) {
    if (given !== undefined)
      throw new TypeError('dpop needs baseUrl, or an audience that is the URL of this API')
    return { isOn: false, why: 'the public address of this API is not known: set baseUrl' }
  }
  return {
    isOn: true,
    isRequired: use === 'required',
    isAnnounced: given !== undefined,
    algorithms,
    baseUrl,
    replay,
    nonces,
  }
}

/** Never the request's own Host or X-Forwarded-… headers: whoever sends a stolen proof writes those, too. */
export function baseOf({
  audience,
  baseUrl,
}: {
  audience: string
  baseUrl: string | undefined
}): string | undefined {
  if (baseUrl === undefined) return isWeb(audience) ? new URL(audience).origin : undefined
  if (!isWeb(baseUrl)) throw new TypeError('baseUrl is an absolute http or https URL')
  const { origin, pathname, search, hash, username, password } = new URL(baseUrl)
  if (search + hash + username + password !== '')
    throw new TypeError('baseUrl has no user, query or fragment')
  return origin + pathname.replace(/\/+$/, '')
}

function isWeb(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text)
}
