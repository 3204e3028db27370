// Trusted issuers at rest. Lists and rules are JSON text.
import type { Database } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import type { TrustedIssuerRow } from '../../platform/db/schema.ts'
import { query, write } from '../../platform/db/statement.ts'
import { jwkSetOf } from '../clients/jwk-set.ts'
import type { TrustedIssuer } from './trusted-issuer.ts'

const columns = ['issuer', 'jwks', 'jwks_uri', 'policy', 'created_at'] as const

const byIssuer = query((db, p: { issuer: string }) =>
  db.selectFrom('trusted_issuers').select(columns).where('issuer', '=', p.issuer),
)
const everyOne = query((db) => db.selectFrom('trusted_issuers').select(columns).orderBy('issuer'))

/** The issuer of this name; null when nobody trusts it. */
export async function trustedIssuer(database: Database, issuer: string): Promise<TrustedIssuer | null> {
  const row = await byIssuer.first(database, { issuer })
  return row === undefined ? null : fromRow(row)
}

/** Every one, by name. */
export async function allTrustedIssuers(database: Database): Promise<TrustedIssuer[]> {
  return (await everyOne.all(database, {})).map(fromRow)
}

const upsert = write((db, p: { [K in keyof TrustedIssuerRow]: TrustedIssuerRow[K] }) =>
  db
    .insertInto('trusted_issuers')
    .values({
      issuer: p.issuer,
      jwks: p.jwks,
      jwks_uri: p.jwks_uri,
      policy: p.policy,
      created_at: p.created_at,
    })
    .onConflict((conflict) =>
      conflict.column('issuer').doUpdateSet({ jwks: p.jwks, jwks_uri: p.jwks_uri, policy: p.policy }),
    ),
)

/** Adds an issuer, or replaces what was said of it. */
export function saveTrustedIssuer(
  database: Database,
  { issuer, jwks, jwksUri, createdAt, ...policy }: TrustedIssuer,
): Write {
  return upsert(database, {
    issuer,
    jwks: jwks === null ? null : JSON.stringify(jwks),
    jwks_uri: jwksUri,
    policy: JSON.stringify(policy),
    created_at: createdAt,
  })
}

const remove = write((db, p: { issuer: string }) =>
  db.deleteFrom('trusted_issuers').where('issuer', '=', p.issuer),
)

/** From then on nothing that it says counts; tokens that were given live out their minutes. */
export function removeTrustedIssuer(database: Database, issuer: string): Write {
  return remove(database, { issuer })
}

function fromRow(row: TrustedIssuerRow): TrustedIssuer {
  const policy = JSON.parse(row.policy) as Omit<TrustedIssuer, 'issuer' | 'jwks' | 'jwksUri' | 'createdAt'>
  return {
    issuer: row.issuer,
    jwks: row.jwks === null ? null : jwkSetOf(row.jwks),
    jwksUri: row.jwks_uri,
    accepts: policy.accepts,
    subjects: policy.subjects,
    clients: policy.clients,
    scopes: policy.scopes,
    maximumSeconds: policy.maximumSeconds,
    createdAt: row.created_at,
  }
}
