// Clients at rest. Their secrets are kept as digests only; lists are JSON text.
import type { ClientAuthenticationMethod, GrantType } from '@countersign/protocol'
import type { Database, WriteSet } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import type { ClientRow } from '../../platform/db/schema.ts'
import { query, write } from '../../platform/db/statement.ts'
import { event } from '../../platform/events/events.ts'
import type { SigningAlgorithm } from '../../platform/keys/keyring.ts'
import type { Platform } from '../../platform/platform.ts'
import type { ExchangePolicy } from '../exchange/policy.ts'
import { forgetClient } from '../forget.store.ts'
import type { SignOutChannels } from '../sign-out/channels.ts'
import type { Encryption } from '../tokens/encryption.ts'
import type { Client } from './client.ts'
import { readExtras, storedExtras } from './extras.ts'
import { jwkSetOf } from './jwk-set.ts'
import { readRules, storedRules } from './request-rules.ts'

const columns = [
  'clients.id',
  'clients.name',
  'clients.authentication',
  'clients.secret_digest',
  'clients.jwks',
  'clients.redirect_uris',
  'clients.post_logout_redirect_uris',
  'clients.grants',
  'clients.scopes',
  'clients.api',
  'clients.id_token_alg',
  'clients.id_token_encryption',
  'clients.dpop_bound_access_tokens',
  'clients.sign_out',
  'clients.exchange',
  'clients.request_rules',
  'clients.extras',
  'clients.logo_uri',
  'clients.policy_uri',
  'clients.tos_uri',
  'clients.revision',
  'clients.created_at',
  'clients.disabled_at',
] as const

const byId = query((db, p: { id: string }) => db.selectFrom('clients').select(columns).where('id', '=', p.id))
const everyOne = query((db) => db.selectFrom('clients').select(columns).orderBy('created_at').orderBy('id'))
const redirects = query((db) =>
  db.selectFrom('clients').select('redirect_uris').where('disabled_at', 'is', null),
)

/** @returns the client, disabled ones included; undefined when there is none of that id */
export async function clientById(database: Database, id: string): Promise<Client | undefined> {
  const row = await byId.first(database, { id })
  return row === undefined ? undefined : fromRow(row)
}

/** Every client, oldest first. */
export async function allClients(database: Database): Promise<Client[]> {
  return (await everyOne.all(database, {})).map(fromRow)
}

const encrypting = query((db) =>
  db.selectFrom('clients').select('id').where('id_token_encryption', 'is not', null).orderBy('id'),
)

/** The ids of the clients whose ID tokens are encrypted. */
export async function clientsWithEncryption(database: Database): Promise<string[]> {
  return (await encrypting.all(database, {})).map(({ id }) => id)
}

/** The redirect URIs of every client that is not disabled. */
export async function allRedirectUris(database: Database): Promise<string[]> {
  return (await redirects.all(database, {})).flatMap((row) => list(row.redirect_uris))
}

const insert = write(
  (db, p: { [K in keyof ClientRow]: ClientRow[K] }) =>
    db
      .insertInto('clients')
      .values({
        ...registered(p),
        id: p.id,
        secret_digest: p.secret_digest,
        revision: p.revision,
        created_at: p.created_at,
        disabled_at: p.disabled_at,
      })
      .onConflict((conflict) => conflict.doNothing()),
  { exactlyOne: 'client id' },
)

/** INVARIANT: guarded by `client id`: an id is given once. */
export function insertClient(database: Database, client: Client): Write {
  return insert(database, toRow(client))
}

const replace = write(
  (db, p: { [K in keyof ClientRow]: ClientRow[K] } & { before: number }) =>
    db
      .updateTable('clients')
      .set({ ...registered(p), secret_digest: p.secret_digest, revision: p.revision })
      .where('id', '=', p.id)
      .where('revision', '=', p.before),
  { exactlyOne: 'client revision' },
)

/**
 * Replaces all of a client but when it was made and whether it is disabled.
 * INVARIANT: guarded by `client revision`: only the one before is replaced.
 */
export function replaceClient(database: Database, client: Client): Write {
  return replace(database, { ...toRow(client), before: client.revision - 1 })
}

/** The columns of what is registered. */
function registered(p: { [K in keyof ClientRow]: ClientRow[K] }) {
  return {
    name: p.name,
    authentication: p.authentication,
    jwks: p.jwks,
    redirect_uris: p.redirect_uris,
    post_logout_redirect_uris: p.post_logout_redirect_uris,
    grants: p.grants,
    scopes: p.scopes,
    api: p.api,
    id_token_alg: p.id_token_alg,
    id_token_encryption: p.id_token_encryption,
    dpop_bound_access_tokens: p.dpop_bound_access_tokens,
    sign_out: p.sign_out,
    exchange: p.exchange,
    request_rules: p.request_rules,
    extras: p.extras,
    logo_uri: p.logo_uri,
    policy_uri: p.policy_uri,
    tos_uri: p.tos_uri,
  }
}

const setSecret = write(
  (db, p: { id: string; digest: string }) =>
    db.updateTable('clients').set({ secret_digest: p.digest }).where('id', '=', p.id),
  { exactlyOne: 'client' },
)

/** Replaces the secret; the old one is refused from then on. INVARIANT: guarded by `client`. */
export function replaceSecret(database: Database, id: string, digest: string): Write {
  return setSecret(database, { id, digest })
}

const exchange = write(
  (db, p: { id: string; before: string; digest: string }) =>
    db
      .updateTable('clients')
      .set({ secret_digest: p.digest })
      .where('id', '=', p.id)
      .where('secret_digest', '=', p.before),
  { exactlyOne: 'client secret' },
)

/** Another digest of the same secret. INVARIANT: guarded by `client secret`: only the one before is replaced. */
export function exchangeSecret(database: Database, id: string, before: string, digest: string): Write {
  return exchange(database, { id, before, digest })
}

const setDisabled = write(
  (db, p: { id: string; at: number | null }) =>
    db.updateTable('clients').set({ disabled_at: p.at }).where('id', '=', p.id),
  { exactlyOne: 'client' },
)

/**
 * Disables a client, or with `at` null enables it again. All that it was given is dead while it is disabled, since
 * that is looked up and not copied. INVARIANT: guarded by `client`.
 */
export function disableClient(database: Database, id: string, at: number | null): Write {
  return setDisabled(database, { id, at })
}

const remove = write((db, p: { id: string }) => db.deleteFrom('clients').where('id', '=', p.id), {
  exactlyOne: 'client',
})

/** Deletes a client with all that it was given. INVARIANT: guarded by `client`. */
export function deleteClient(
  { database, runtime }: Pick<Platform, 'database' | 'runtime'>,
  id: string,
): WriteSet {
  return [
    remove(database, { id }),
    forgetClient(database, id),
    event(database, runtime, { type: 'client.deleted', clientId: id }),
  ]
}

function toRow(client: Client): ClientRow {
  return {
    id: client.id,
    name: client.name,
    authentication: client.authentication,
    secret_digest: client.secretDigest,
    jwks: jsonOf(client.jwks),
    redirect_uris: JSON.stringify(client.redirectUris),
    post_logout_redirect_uris: JSON.stringify(client.postLogoutRedirectUris),
    grants: JSON.stringify(client.grants),
    scopes: JSON.stringify(client.scopes),
    api: client.api,
    id_token_alg: client.idTokenAlg,
    id_token_encryption: jsonOf(client.idTokenEncryption),
    dpop_bound_access_tokens: client.dpopBoundAccessTokens ? 1 : 0,
    sign_out: jsonOf(client.signOut),
    exchange: jsonOf(client.exchange),
    request_rules: storedRules(client.requests),
    extras: storedExtras(client),
    logo_uri: client.logoUri,
    policy_uri: client.policyUri,
    tos_uri: client.tosUri,
    revision: client.revision,
    created_at: client.createdAt,
    disabled_at: client.disabledAt,
  }
}

function fromRow(row: ClientRow): Client {
  return {
    id: row.id,
    name: row.name,
    authentication: row.authentication as ClientAuthenticationMethod,
    secretDigest: row.secret_digest,
    jwks: row.jwks === null ? null : jwkSetOf(row.jwks),
    redirectUris: list(row.redirect_uris),
    postLogoutRedirectUris: list(row.post_logout_redirect_uris),
    grants: list(row.grants) as GrantType[],
    scopes: list(row.scopes),
    api: row.api,
    idTokenAlg: row.id_token_alg as SigningAlgorithm,
    idTokenEncryption:
      row.id_token_encryption === null ? null : (JSON.parse(row.id_token_encryption) as Encryption),
    dpopBoundAccessTokens: row.dpop_bound_access_tokens === 1,
    signOut: row.sign_out === null ? null : (JSON.parse(row.sign_out) as SignOutChannels),
    exchange: row.exchange === null ? null : (JSON.parse(row.exchange) as ExchangePolicy),
    requests: readRules(row.request_rules),
    ...readExtras(row.extras),
    logoUri: row.logo_uri,
    policyUri: row.policy_uri,
    tosUri: row.tos_uri,
    revision: row.revision,
    createdAt: row.created_at,
    disabledAt: row.disabled_at,
  }
}

function jsonOf(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value)
}

function list(json: string): string[] {
  return JSON.parse(json) as string[]
}
