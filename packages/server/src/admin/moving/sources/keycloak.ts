// Keycloak: the export of a realm (`kc.sh export --users realm_file`), with the hashes of its users.
import { ForeignUnreadable } from '../../../platform/db/foreign-rows.ts'
import { type Found, movedUser } from '../records.ts'
import { jsonFile } from './export-file.ts'
import { keycloakClient } from './keycloak-clients.ts'
import { type Rights, rightsIn, rolesOfUser } from './keycloak-roles.ts'
import { keycloakOtp, keycloakPasskey } from './second-factors.ts'
import type { Source } from './source.ts'
import { claimsOf, listIn, membersIn, momentIn, textIn, truthIn } from './values.ts'

export const keycloak: Source = {
  title: 'Keycloak',
  reads: 'a realm’s export (JSON)',
  options: {},
  numbers: [],
  async *read({ from, since }) {
    const realm = membersIn(await jsonFile(from))
    if (!('users' in realm))
      throw new ForeignUnreadable(`${from} holds no users: export the realm with them.`)
    const rights = rightsIn(realm)
    for (const [name, { description }] of rights.roles) yield { kind: 'role', name, description }
    for (const user of listIn(realm['users']).map(membersIn)) {
      const createdAt = momentIn(user['createdTimestamp'])
      if (since !== null && (createdAt ?? 0) < since) continue
      yield* oneUser(user, createdAt, rights)
    }
    for (const client of listIn(realm['clients']).map(membersIn)) yield* keycloakClient(client)
  },
}

function* oneUser(
  user: Readonly<Record<string, unknown>>,
  createdAt: number | null,
  rights: Rights,
): Generator<Found> {
  const id = textIn(user['id']) ?? textIn(user['username']) ?? ''
  const credentials = listIn(user['credentials']).map(membersIn)
  const password = credentials.find(({ type }) => type === 'password')
  const { totp, passkeys, left } = factorsIn(credentials)
  const given = [textIn(user['firstName']), textIn(user['lastName'])]
  yield movedUser({
    id,
    username: textIn(user['username']),
    email: textIn(user['email']),
    emailVerified: truthIn(user['emailVerified']),
    name: given.filter((part) => part !== null).join(' '),
    claims: claimsOf({ given_name: given[0], family_name: given[1] }),
    passwordHash: password === undefined ? null : hashOf(password),
    roles: rolesOfUser(user, rights),
    identities: listIn(user['federatedIdentities']).map(membersIn).flatMap(identityOf),
    disabled: 'enabled' in user && !truthIn(user['enabled']),
    createdAt,
    totp,
    passkeys,
  })
  for (const what of left) yield { kind: 'left-behind', what, id }
}

/** What is kept of credentials that are no password; the first of several applications. */
function factorsIn(credentials: readonly Readonly<Record<string, unknown>>[]) {
  const of = (...types: string[]) => credentials.filter(({ type }) => types.includes(textIn(type) ?? ''))
  const totps = of('otp', 'totp').map(keycloakOtp)
  const passkeys = of('webauthn', 'webauthn-passwordless').map(keycloakPasskey)
  const known = ['password', 'otp', 'totp', 'webauthn', 'webauthn-passwordless']
  const [totp = null, ...more] = totps.filter((one) => one !== null)
  return {
    totp,
    passkeys: passkeys.filter((one) => one !== null),
    left: [
      ...(totps.includes(null) ? ['authenticator applications whose secrets can’t be read'] : []),
      ...(more.length > 0 ? ['further authenticator applications of one person'] : []),
      ...(passkeys.includes(null) ? ['passkeys that can’t be read'] : []),
      ...credentials
        .filter(({ type }) => !known.includes(textIn(type) ?? ''))
        .map(({ type }) => `credentials of type ${textIn(type) ?? '?'}`),
    ],
  }
}

/** `pbkdf2-sha512` and its like in the PHC string format, which says the same; argon2 likewise. */
function hashOf(credential: Readonly<Record<string, unknown>>): string | null {
  const { value, salt } = membersIn(credential['secretData'])
  const how = membersIn(credential['credentialData'])
  const [hash, salted, algorithm] = [textIn(value), textIn(salt), textIn(how['algorithm'])]
  if (hash === null || salted === null || algorithm === null) return null
  const bare = (base64: string): string => base64.replace(/=+$/, '')
  if (algorithm === 'argon2') {
    const more = membersIn(how['additionalParameters'])
    const first = (name: string): string => textIn(listIn(more[name])[0]) ?? ''
    const cost = `m=${first('memory')},t=${textIn(how['hashIterations']) ?? ''},p=${first('parallelism')}`
    return `$argon2${first('type') || 'id'}$v=19$${cost}$${bare(salted)}$${bare(hash)}`
  }
  const name = algorithm === 'pbkdf2' ? 'pbkdf2-sha1' : algorithm
  return `$${name}$i=${textIn(how['hashIterations']) ?? ''}$${bare(salted)}$${bare(hash)}`
}

function identityOf(federated: Readonly<Record<string, unknown>>) {
  const [upstream, subject] = [textIn(federated['identityProvider']), textIn(federated['userId'])]
  const issuer =
    upstream === 'google'
      ? 'https://accounts.google.com'
      : upstream === 'facebook'
        ? 'https://www.facebook.com'
        : null
  if (upstream === null || subject === null || issuer === null) return []
  return [{ upstream, issuer, subject, email: null }]
}
