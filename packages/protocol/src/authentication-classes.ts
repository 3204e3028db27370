// How surely somebody signed in, as `acr` tells it (OpenID Connect Core §2): our own names, and which of them is as good
// as which.

/** The classes of this product, from the least sure. */
export const authenticationClasses = {
  password: 'urn:countersign:acr:password',
  upstream: 'urn:countersign:acr:upstream',
  mfa: 'urn:countersign:acr:mfa',
  passkey: 'urn:countersign:acr:passkey',
} as const

// A password and an upstream's word are no better than one another, and neither stands for the other.
const levels: ReadonlyMap<string, number> = new Map([
  [authenticationClasses.password, 1],
  [authenticationClasses.upstream, 1],
  [authenticationClasses.mfa, 2],
  [authenticationClasses.passkey, 3],
])

/** How sure a class is: 1 for one factor, 2 for two, 3 for two that can't be phished; 0 for names that aren't ours. */
export function levelOfClass(acr: string | undefined): number {
  return levels.get(acr ?? '') ?? 0
}

/** Whether who signed in as `present` did all that `asked` asks for: it is that class, or a surer one of ours. */
export function classSatisfies(present: string | undefined, asked: string): boolean {
  if (present === undefined) return false
  const wanted = levelOfClass(asked)
  return present === asked || (wanted > 0 && levelOfClass(present) > wanted)
}

/** Whether two factors would do for one of these classes, and one factor for none. */
export function needTwoFactors(asked: readonly string[]): boolean {
  const doesFor = (present: string): boolean => asked.some((one) => classSatisfies(present, one))
  const { password, upstream, passkey } = authenticationClasses
  return doesFor(passkey) && !doesFor(password) && !doesFor(upstream)
}
