// Keycloak: the export of a realm, in one file (`kc.sh export --realm r --file f --users same_file`) or in several
// (`--dir d`), with the hashes of its users.
import { join } from 'node:path'
import { filesIn, isFolder } from '../../../platform/db/foreign-file.ts'
import { ForeignUnreadable } from '../../../platform/db/foreign-rows.ts'
import type { Found } from '../records.ts'
import { identitiesIn, type Linked, unlinked } from './elsewhere.ts'
import { type ExportFile, openExport } from './export-file.ts'
import { personFound } from './found.ts'
import { counting, type LongDocument, longDocument } from './json-document.ts'
import { keycloakClient } from './keycloak-clients.ts'
import { type Rights, rightsIn, rolesOfUser } from './keycloak-roles.ts'
import { keycloakOtp, keycloakPasskey } from './second-factors.ts'
import { type Source, type SourceInput, tellsLittle } from './source.ts'
import { claimsOf, listIn, membersIn, momentIn, textIn, truthIn } from './values.ts'

type Json = Readonly<Record<string, unknown>>

export const keycloak: Source = {
  title: 'Keycloak',
  reads: 'a realm’s export (JSON), the folder of one with several files, or - for standard input',
  options: { realm: 'the realm, where the folder holds several' },
  numbers: [],
  async *read(input) {
    const { options, since, gauge } = input
    const files = await realmFiles(input, options['realm'])
    const documents: LongDocument[] = []
    // All of them before the first person: what is broken anywhere brings nobody.
    for (const file of files) documents.push(await longDocument(file, 'users', gauge))
    const realm = realmOf(files, documents)
    const rights = rightsIn(realm)
    for (const [name, { description }] of rights.roles) yield { kind: 'role', name, description }
    if (since !== null) yield { kind: 'remark', text: tellsLittle }
    for await (const user of counting(documents, gauge)) {
      const createdAt = momentIn(user['createdTimestamp'])
      if (since !== null && changedAt(user, createdAt) < since) continue
      // The account of a client's own: here a client has none.
      if (textIn(user['serviceAccountClientId']) !== null) continue
      yield* oneUser(user, createdAt, rights)
    }
    for (const client of listIn(realm['clients']).map(membersIn)) yield* keycloakClient(client)
  },
}

/** A realm says when people and their credentials were made. */
function changedAt(user: Json, createdAt: number | null): number {
  const made = listIn(user['credentials']).map((one) => momentIn(membersIn(one)['createdDate']) ?? 0)
  return Math.max(createdAt ?? 0, ...made)
}

/** The file with all that is no person first. */
async function realmFiles(input: SourceInput, realm: string | undefined): Promise<readonly ExportFile[]> {
  const { from } = input
  if (!isFolder(from)) return [await openExport(input, 'keycloak')]
  const names = filesIn(from)
  const realms = names.flatMap((name) => /^(.+)-realm\.json$/.exec(name)?.[1] ?? [])
  const [only] = realm === undefined ? realms : realms.filter((one) => one === realm)
  if (only === undefined)
    throw new ForeignUnreadable(`${from} holds no export of ${realm ?? 'a realm'}: no …-realm.json.`)
  if (realm === undefined && realms.length > 1)
    throw new ForeignUnreadable(`${from} holds several realms: name one with --realm: ${realms.join(', ')}.`)
  const people = names
    .filter(
      (name) => name.startsWith(`${only}-users-`) && /^\d+\.json$/.test(name.slice(`${only}-users-`.length)),
    )
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  return Promise.all(
    [`${only}-realm.json`, ...people].map((name) => openExport({ from: join(from, name) }, 'keycloak')),
  )
}

function realmOf(files: readonly ExportFile[], documents: readonly LongDocument[]): Json {
  const [file, document] = [files[0], documents[0]]
  if (Array.isArray(document?.rest))
    throw new ForeignUnreadable(`${file?.name} holds several realms: export the one that is meant (--realm).`)
  if (documents.every(({ count }) => count === null))
    throw new ForeignUnreadable(`${file?.name} holds no users: export the realm with them.`)
  return membersIn(document?.rest)
}

function* oneUser(user: Json, createdAt: number | null, rights: Rights): Generator<Found> {
  const id = textIn(user['id']) ?? textIn(user['username']) ?? ''
  const credentials = listIn(user['credentials']).map(membersIn)
  const password = credentials.find(({ type }) => type === 'password')
  const { totp, passkeys, left } = factorsIn(credentials)
  const hash = password === undefined ? null : hashOf(password)
  if (password !== undefined && hash === null) left.push('passwords that can’t be read')
  if (Object.keys(membersIn(user['attributes'])).length > 0) left.push('attributes')
  if (listIn(user['requiredActions']).length > 0) left.push('required actions')
  const given = [textIn(user['firstName']), textIn(user['lastName'])]
  yield personFound({
    id,
    username: textIn(user['username']),
    email: textIn(user['email']),
    emailVerified: truthIn(user['emailVerified']),
    name: given.filter((part) => part !== null).join(' '),
    claims: claimsOf({ given_name: given[0], family_name: given[1] }),
    passwordHash: hash,
    roles: rolesOfUser(user, rights),
    identities: identitiesIn(linkedIn(user)),
    disabled: 'enabled' in user && !truthIn(user['enabled']),
    createdAt,
    totp,
    passkeys,
  })
  yield* unlinked(id, linkedIn(user))
  for (const what of left) yield { kind: 'left-behind', what, id }
}

/** What is kept of credentials that are no password; the first of several applications. */
function factorsIn(credentials: readonly Json[]) {
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
function hashOf(credential: Json): string | null {
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

function linkedIn(user: Json): Linked[] {
  return listIn(user['federatedIdentities'])
    .map(membersIn)
    .map(({ identityProvider, userId }) => ({ provider: identityProvider, subject: userId }))
}
