// Everything that people would take along when they leave: roles, APIs, clients, every person with their hash and all that
// is theirs, what people and clients hold, and what has to be remembered of the past, in the open format of records.ts.
// What was exported can be imported again, here or elsewhere. Which tables that covers, and why the others stay behind,
// is held by tables.test.ts.
import { listRoles } from '../../access/roles.store.ts'
import type { Passwords } from '../../accounts/credentials/passwords.ts'
import { keysWithDigests } from '../../oauth/api-keys/api-keys.store.ts'
import { allApis } from '../../oauth/apis/apis.store.ts'
import { broughtSecretOf } from '../../oauth/clients/brought-secret.ts'
import { allClients } from '../../oauth/clients/clients.store.ts'
import { printMetadata } from '../../oauth/clients/metadata/metadata.ts'
import { liveTokensOf } from '../../oauth/tokens/access-tokens.store.ts'
import type { Platform } from '../../platform/platform.ts'
import { drfToken } from '../../profiles/drf-token/key.ts'
import { exportAudit, exportHeld, exportOfHouse, exportSigningKeys, exportSpent } from './export-held.ts'
import { byText, exportPeople } from './export-people.ts'
import { type MovedRecord, movedRecord } from './records.ts'

/** What is taken along only where somebody says so. */
export interface ExportOptions {
  /** The audit trail: addresses of people and networks among it. */
  readonly audit?: boolean
  /** The private keys, in the clear: whoever has them can sign tokens for everybody. */
  readonly signingKeys?: boolean
  /** Roles and people, for whom nothing else is of use. */
  readonly peopleAlone?: boolean
}

/**
 * Gives `work` all that is here as it stands at this moment, whoever is served meanwhile, at a clock that stands still: however
 * often it is gone through, it is the same.
 */
export function atOneMoment<T>(platform: Platform, work: (then: Platform) => Promise<T>): Promise<T> {
  return platform.database.atOneMoment((database) => {
    const now = platform.runtime.now()
    return work({ ...platform, database, runtime: { ...platform.runtime, now: () => now } })
  })
}

/** Every record, roles first and people in the order of their ids. Hashes are in the clear: guard what it is written to. */
export async function* exportAll(
  platform: Platform,
  passwords: Pick<Passwords, 'reveal'>,
  { audit = false, signingKeys = false, peopleAlone = false }: ExportOptions = {},
): AsyncGenerator<MovedRecord> {
  const roles = await listRoles(platform.database)
  for (const { name, description } of roles.sort(byText((role) => role.name)))
    yield { kind: 'role', name, description }
  if (peopleAlone) {
    yield* exportPeople(platform, passwords)
    return
  }
  yield* apisAndClients(platform)
  yield* exportOfHouse(platform)
  yield* exportPeople(platform, passwords)
  yield* exportHeld(platform)
  yield* apiKeys(platform)
  yield* drfKeys(platform)
  yield* exportSpent(platform)
  if (signingKeys) yield* exportSigningKeys(platform, { alsoDeletions: !audit })
  if (audit) yield* exportAudit(platform)
}

async function* apisAndClients(platform: Platform): AsyncGenerator<MovedRecord> {
  const { database } = platform
  const apis = await allApis(database)
  for (const api of apis.sort(byText(({ identifier }) => identifier))) {
    yield movedRecord.parse({ kind: 'api', ...api })
  }
  const clients = await allClients(database)
  for (const client of clients.sort(
    byText(({ createdAt, id }) => `${String(createdAt).padStart(12)} ${id}`),
  )) {
    // Those of the wires are made by whoever turns a wire on.
    if (client.id.startsWith('~')) continue
    const { id, secretDigest, identityChangedAt, disabledAt, createdAt } = client
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
      identityChangedAt,
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
