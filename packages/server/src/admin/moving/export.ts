// Everything that people would take along when they leave: roles, APIs, clients, every person with their hash and all that
// is theirs, and keys, in the open format of records.ts. What was exported can be imported again, here or elsewhere.
import { listRoles, rolesOf } from '../../access/roles.store.ts'
import { credentialOfUser } from '../../accounts/credentials/passwords.store.ts'
import type { Passwords } from '../../accounts/credentials/passwords.ts'
import { base32 } from '../../accounts/factors/base32.ts'
import { recoveryCodesOf, type StoredTotp, totpOf } from '../../accounts/factors/factors.store.ts'
import { openTotp } from '../../accounts/factors/factors.ts'
import { identitiesOf } from '../../accounts/identities/identities.store.ts'
import { type Passkey, passkeysOf } from '../../accounts/passkeys/passkeys.store.ts'
import { numbersOf } from '../../accounts/users/numbers.store.ts'
import { listUsers, type User } from '../../accounts/users/users.store.ts'
import { keysWithDigests } from '../../oauth/api-keys/api-keys.store.ts'
import { allApis } from '../../oauth/apis/apis.store.ts'
import { broughtSecretOf } from '../../oauth/clients/brought-secret.ts'
import { allClients } from '../../oauth/clients/clients.store.ts'
import { printMetadata } from '../../oauth/clients/metadata/metadata.ts'
import { liveTokensOf } from '../../oauth/tokens/access-tokens.store.ts'
import type { Platform } from '../../platform/platform.ts'
import { drfToken } from '../../profiles/drf-token/key.ts'
import {
  type MovedPasskey,
  type MovedRecord,
  type MovedTotp,
  type MovedUser,
  movedRecord,
} from './records.ts'

/** Every record, roles first and people in the order of their ids. Hashes are in the clear: guard what it is written to. */
export async function* exportAll(
  platform: Platform,
  passwords: Pick<Passwords, 'reveal'>,
): AsyncGenerator<MovedRecord> {
  for (const { name, description } of await listRoles(platform.database)) {
    yield { kind: 'role', name, description }
  }
  yield* apisAndClients(platform)
  yield* people(platform, passwords)
  yield* apiKeys(platform)
  yield* drfKeys(platform)
}

async function* apisAndClients(platform: Platform): AsyncGenerator<MovedRecord> {
  const { database } = platform
  for (const api of await allApis(database)) {
    yield movedRecord.parse({ kind: 'api', ...api })
  }
  for (const client of await allClients(database)) {
    // Those of the wires are made by whoever turns a wire on.
    if (client.id.startsWith('~')) continue
    const { id, secretDigest, disabledAt, createdAt } = client
    const hash = broughtSecretOf(platform, client)
    yield {
      kind: 'client',
      id,
      metadata: printMetadata(client, 'operator'),
      secret:
        hash !== null
          ? { as: 'hash', value: hash }
          : secretDigest === null
            ? null
            : { as: 'sha256', value: secretDigest },
      disabled: disabledAt !== null,
      createdAt,
    }
  }
}

async function* apiKeys({ database }: Platform): AsyncGenerator<MovedRecord> {
  let after = ''
  for (;;) {
    const keys = await keysWithDigests(database, after)
    for (const { key, digest } of keys) {
      const { owner, ...rest } = key
      yield {
        kind: 'api-key',
        ...rest,
        scopes: [...rest.scopes],
        digest,
        clientId: owner.kind === 'client' ? owner.clientId : null,
        userId: owner.kind === 'user' ? owner.userId : null,
      }
    }
    const last = keys.at(-1)
    if (last === undefined) return
    after = last.key.id
  }
}

async function* drfKeys({ database, runtime }: Platform): AsyncGenerator<MovedRecord> {
  let after = ''
  for (;;) {
    const keys = await liveTokensOf(database, drfToken.id, runtime.now(), after)
    for (const { digest, userId, authenticatedAt } of keys)
      yield { kind: 'drf-key', userId, key: { as: 'sha256', value: digest }, createdAt: authenticatedAt }
    const last = keys.at(-1)
    if (last === undefined) return
    after = last.digest
  }
}

async function* people(
  platform: Platform,
  passwords: Pick<Passwords, 'reveal'>,
): AsyncGenerator<MovedRecord> {
  let after = ''
  for (;;) {
    const users = await listUsers(platform.database, after)
    for (const user of users) yield recordOf(platform, passwords, user)
    const last = users.at(-1)
    if (last === undefined) return
    after = last.id
  }
}

async function recordOf(
  platform: Platform,
  passwords: Pick<Passwords, 'reveal'>,
  user: User,
): Promise<MovedUser> {
  const { database } = platform
  const [credential, identities, roles, numbers, totp, recoveryCodes, passkeys] = await Promise.all([
    credentialOfUser(database, user.id),
    identitiesOf(database, user.id),
    rolesOf(database, user.id),
    numbersOf(database, user.id),
    totpOf(database, user.id),
    recoveryCodesOf(database, user.id),
    passkeysOf(database, user.id),
  ])
  const sealedHash = credential?.password?.sealedHash
  const { id, username, email, emailVerified, name, claims, disabledAt, createdAt } = user
  return {
    kind: 'user',
    id,
    username,
    email,
    emailVerified,
    name,
    claims: { ...claims },
    passwordHash: sealedHash === undefined ? null : passwords.reveal({ userId: id, sealedHash }),
    roles,
    identities: identities.map(({ upstream, issuer, subject, email: known }) => ({
      upstream,
      issuer,
      subject,
      email: known,
    })),
    disabled: disabledAt !== null,
    createdAt,
    numbers,
    totp: totp === null ? null : totpRecord(platform, totp),
    recoveryCodes: [...(recoveryCodes?.digests ?? [])].sort(),
    passkeys: passkeys.map(passkeyRecord),
  }
}

function totpRecord(platform: Platform, stored: StoredTotp): MovedTotp {
  const { secret, algorithm, digits, period } = openTotp(platform, stored)
  return { secret: base32(secret), algorithm, digits, period, lastStep: stored.lastStep }
}

function passkeyRecord(passkey: Passkey): MovedPasskey {
  const { id: _, userId: __, publicKey, transports, ...rest } = passkey
  return { ...rest, publicKey: Buffer.from(publicKey).toString('base64url'), transports: [...transports] }
}
