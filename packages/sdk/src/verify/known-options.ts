// The names of all options. A misspelt one asks for nothing, and a route that seems to ask for a scope would be open to
// every token: so a name that nobody reads stops the start, in JavaScript and where a type was cast away.
import type { DpopOptions } from './dpop-settings.ts'
import type { AuthOptions } from './guard.ts'
import type { Requirements } from './requirements.ts'
import type { VerifierOptions } from './settings.ts'

/** Every name of an options object, and none besides: the compiler sees to that. */
export type Names<Options> = Readonly<Record<keyof Options, true>>

const ofVerifier: Names<VerifierOptions> = {
  issuer: true,
  audience: true,
  mode: true,
  maxStaleness: true,
  whenStale: true,
  onFeed: true,
  keys: true,
  jwks: true,
  decryption: true,
  dpop: true,
  clientCertificate: true,
  baseUrl: true,
  clientId: true,
  clientSecret: true,
  signedAnswers: true,
  fetch: true,
  now: true,
  clockSkew: true,
  timeoutMs: true,
  dangerPlainHttp: true,
}

const ofDpop: Names<DpopOptions> = { use: true, algorithms: true, replay: true, nonces: true }

const ofRequirements: Names<Requirements & { readonly hide?: boolean }> = {
  scope: true,
  details: true,
  role: true,
  maxAge: true,
  acr: true,
  require: true,
  hide: true,
}

const ofAuth: Names<AuthOptions> = {
  ...ofVerifier,
  ...ofRequirements,
  verifier: true,
  metadata: true,
  basic: true,
  answers: true,
  onRefusal: true,
  optional: true,
  can: true,
  decide: true,
}

/** @throws TypeError for an option that `createVerifier()` does not know */
export function checkVerifierNames(options: VerifierOptions): void {
  refuseUnknown(options, ofVerifier, 'createVerifier()')
}

/** @throws TypeError for an option that `dpop` does not know */
export function checkDpopNames(options: DpopOptions): void {
  refuseUnknown(options, ofDpop, 'dpop')
}

/** @throws TypeError for an option that `requireAuth()` does not know */
export function checkRequirementNames(options: Requirements): void {
  refuseUnknown(options, ofRequirements, 'requireAuth()')
}

/** @throws TypeError for an option that `auth()` does not know */
export function checkAuthNames<Request>(options: AuthOptions<Request>): void {
  refuseUnknown(options, ofAuth, 'auth()')
}

/** Those options of `auth()` that are among the options of somebody else, as a framework hands them over. */
export function authOptionsAmong<Request>(given: object): AuthOptions<Request> {
  return Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(ofAuth, name)))
}

/** @throws TypeError for an option that is not among the known ones. @param where as its caller calls it: `knock()` */
export function refuseUnknown(options: object, known: Readonly<Record<string, true>>, where: string): void {
  const name = Object.keys(options).find((one) => !Object.hasOwn(known, one))
  if (name === undefined) return
  const meant = Object.keys(known).find((one) => near(one) === near(name))
  throw new TypeError(
    `${where} has no option ${name}${meant === undefined ? '' : `: did you mean ${meant}?`}`,
  )
}

/**
 * For what a token has to say: whoever names it must not go without because a variable is not set.
 *
 * @throws TypeError for one of them that stands there and is undefined
 */
export function refuseUnset<Options extends object>(
  options: Options,
  demands: readonly (keyof Options & string)[],
): void {
  const name = demands.find((one) => Object.hasOwn(options, one) && options[one] === undefined)
  if (name !== undefined) throw new TypeError(`${name} is undefined: is the variable set that it comes from?`)
}

/** Alike but for case, separators and a plural. */
function near(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z]/g, '')
    .replace(/s$/, '')
}
