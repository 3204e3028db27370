// What lets clients in that are brought from another server: the tokens by which they look after themselves and register
// (RFC 7591, RFC 7592), and the issuers whose word counts (RFC 7523). Each comes once.
import { isThingMoved, rememberThing } from '../../accounts/users/moved.store.ts'
import { registeredSet } from '../../oauth/clients/jwk-set.ts'
import { checkIssuer, type IssuerDescription } from '../../oauth/jwt-bearer/trusted-issuer.ts'
import { saveTrustedIssuer, trustedIssuer } from '../../oauth/jwt-bearer/trusted-issuers.store.ts'
import { allInitialTokens, insertInitialToken } from '../../oauth/registration/initial-tokens.store.ts'
import { insertMovedRegistration, registrationBy } from '../../oauth/registration/registrations.store.ts'
import { event } from '../../platform/events/events.ts'
import type { Held } from './records-held.ts'
import { allOf, conflict, counted, type Tally } from './report.ts'
import { registrationsHere } from './take-held.store.ts'
import { behind, claim, clientsOf } from './take-standing.ts'
import { nothing, type Plan, type World } from './world.ts'

/** Decides what becomes of some clients’ tokens. */
export async function planRegistrations(world: World, all: readonly Held<'registration'>[]): Promise<Plan[]> {
  const { platform, options } = world
  const { database } = platform
  const ids = all.map(({ clientId }) => clientId)
  const client = await clientsOf(world, ids)
  const here = await registrationsHere(database, ids)
  const plans: Plan[] = []
  for (const { clientId, digest, initialToken, policy, registeredAt } of all) {
    const holder = client(clientId)
    if (holder !== 'here' && holder !== 'coming') plans.push(behind('registrations of clients', holder))
    else if (here.has(clientId)) plans.push(nothing)
    else if (!claim(world, `rc ${clientId}`) || (await registrationBy(database, digest)) !== undefined)
      plans.push({ writes: [], tally: conflict(clientId, 'is there twice') })
    else {
      const registered = {
        clientId,
        digest,
        initialToken,
        policy: policy === null ? null : JSON.stringify(policy),
        at: registeredAt,
      }
      const writes = options.apply ? [insertMovedRegistration(database, registered)] : []
      plans.push({ writes, tally: counted('registrations') })
    }
  }
  return plans
}

/** Decides what becomes of some initial access tokens. One that was spent or taken back here stays so. */
export async function planInitialTokens(
  world: World,
  all: readonly Held<'initial-access-token'>[],
): Promise<Plan[]> {
  const { platform, options } = world
  const { database, runtime } = platform
  const now = runtime.now()
  const here = await allInitialTokens(database)
  const plans: Plan[] = []
  for (const { kind: _, policy, ...token } of all) {
    const thing = `initial-access-token ${token.id}`
    const isHere = here.some(({ id, digest }) => id === token.id || digest === token.digest)
    if (isHere || token.expiresAt <= now || (await isThingMoved(database, options.source, thing)))
      plans.push(nothing)
    else if (!claim(world, thing) || !claim(world, `it ${token.digest}`))
      plans.push({ writes: [], tally: conflict(token.id, 'is there twice') })
    else
      plans.push({
        writes: options.apply
          ? [
              insertInitialToken(database, {
                ...token,
                policy: policy === null ? null : JSON.stringify(policy),
              }),
              rememberThing(database, options.source, thing, now),
              event(database, runtime, {
                type: 'initial_access_token.created',
                detail: { token: token.id, uses: token.usesLeft, imported: true },
              }),
            ]
          : [],
        tally: counted('initialTokens'),
      })
  }
  return plans
}

/** Decides what becomes of some trusted issuers. One that is not trusted here any more stays so. */
export async function planTrustedIssuers(
  world: World,
  all: readonly Held<'trusted-issuer'>[],
): Promise<Plan[]> {
  const plans: Plan[] = []
  for (const one of all) plans.push(await planTrustedIssuer(world, one))
  return plans
}

async function planTrustedIssuer(
  world: World,
  { kind: _, jwks, jwksUri, createdAt, ...rest }: Held<'trusted-issuer'>,
): Promise<Plan> {
  const { platform, options } = world
  const { database, runtime } = platform
  const now = runtime.now()
  const { issuer } = rest
  const thing = `trusted-issuer ${issuer}`
  if ((await trustedIssuer(database, issuer)) !== null) return nothing
  if ((await isThingMoved(database, options.source, thing)) || !claim(world, thing)) return nothing
  const described: IssuerDescription = {
    ...rest,
    ...(jwks !== null && { jwks }),
    ...(jwksUri !== null && { jwksUri }),
  }
  const found = await checkIssuer(platform, described)
  // In a run that is only tried, the APIs of its scopes are not here yet.
  const findings = found.filter(({ path }) => options.apply || !path.startsWith('scopes.'))
  if (findings.length > 0) return { writes: [], tally: allOf(findings.map(told(issuer))) }
  return {
    writes: options.apply
      ? [
          saveTrustedIssuer(database, {
            ...rest,
            jwks: jwks === null ? null : registeredSet(jwks),
            jwksUri,
            createdAt,
          }),
          rememberThing(database, options.source, thing, now),
          event(database, runtime, { type: 'issuer.trusted', detail: { issuer, imported: true } }),
        ]
      : [],
    tally: counted('issuers'),
  }
}

const told =
  (id: string) =>
  ({ path, message }: { readonly path: string; readonly message: string }): Tally =>
    conflict(id, `${path} ${message}`)
