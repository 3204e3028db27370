// The first tables: people, sessions, clients, consent, grants and tokens, keys, events, limits.
// Long because a migration is one list, read once from top to bottom, and never changed again.
import { type Compilable, type CreateTableBuilder, type Kysely, sql } from 'kysely'
import type { Schema } from '../schema.ts'

type Table = CreateTableBuilder<string, never>
type Columns = Record<string, 'text' | 'text?' | 'bigint' | 'bigint?'>

export function up(db: Kysely<Schema>): Compilable[] {
  const table = (name: string, columns: Columns, keys: (table: Table) => Table = (t) => t): Compilable => {
    let builder = db.schema.createTable(name) as unknown as Table
    for (const [column, type] of Object.entries(columns)) {
      const optional = type.endsWith('?')
      builder = builder.addColumn(column, type.replace('?', '') as 'text' | 'bigint', (c) =>
        optional ? c : c.notNull(),
      ) as unknown as Table
    }
    return keys(builder)
  }
  const primary =
    (...columns: string[]) =>
    (t: Table): Table =>
      t.addPrimaryKeyConstraint(
        `pk_${columns.join('_')}_${counter()}`,
        columns as never[],
      ) as unknown as Table
  const index = (name: string, on: string, columns: string[], unique = false): Compilable => {
    const builder = db.schema.createIndex(name).on(on).columns(columns)
    return unique ? builder.unique() : builder
  }
  let constraints = 0
  const counter = (): number => {
    constraints += 1
    return constraints
  }

  return [
    table('meta', { name: 'text', value: 'text' }, primary('name')),
    ...people(table, primary, index),
    ...clientsAndConsent(table, primary, index),
    ...grantsAndTokens(table, primary, index),
    table(
      'signing_keys',
      {
        kid: 'text',
        alg: 'text',
        public_jwk: 'text',
        sealed_private_jwk: 'text',
        created_at: 'bigint',
        active_from: 'bigint',
        published_until: 'bigint?',
      },
      primary('kid'),
    ),
    table(
      'events',
      {
        id: 'text',
        at: 'bigint',
        type: 'text',
        user_id: 'text?',
        client_id: 'text?',
        session_id: 'text?',
        family_id: 'text?',
        peer: 'text?',
        detail: 'text',
      },
      primary('id'),
    ),
    db.schema
      .createIndex('events_by_user')
      .on('events')
      .columns(['user_id', 'id'])
      .where(sql.ref('user_id'), 'is not', null),
    table(
      'limits',
      { bucket: 'text', free_at_ms: 'bigint', failures: 'bigint', expires_at: 'bigint' },
      primary('bucket'),
    ),
    index('limits_by_end', 'limits', ['expires_at']),
  ]
}

type MakeTable = (name: string, columns: Columns, keys?: (table: Table) => Table) => Compilable
type Primary = (...columns: string[]) => (table: Table) => Table
type MakeIndex = (name: string, on: string, columns: string[], unique?: boolean) => Compilable

function people(table: MakeTable, primary: Primary, index: MakeIndex): Compilable[] {
  return [
    table(
      'users',
      {
        id: 'text',
        username: 'text?',
        email: 'text?',
        email_verified: 'bigint',
        name: 'text',
        claims: 'text',
        disabled_at: 'bigint?',
        created_at: 'bigint',
        updated_at: 'bigint',
      },
      primary('id'),
    ),
    index('users_by_username', 'users', ['username'], true),
    index('users_by_email', 'users', ['email'], true),
    table('passwords', { user_id: 'text', sealed_hash: 'text', changed_at: 'bigint' }, primary('user_id')),
    table(
      'identities',
      {
        id: 'text',
        user_id: 'text',
        upstream: 'text',
        issuer: 'text',
        subject: 'text',
        email: 'text?',
        created_at: 'bigint',
      },
      primary('id'),
    ),
    index('identities_by_subject', 'identities', ['upstream', 'issuer', 'subject'], true),
    index('identities_by_user', 'identities', ['user_id']),
    table(
      'sessions',
      {
        id: 'text',
        digest: 'text',
        user_id: 'text',
        created_at: 'bigint',
        authenticated_at: 'bigint',
        amr: 'text',
        acr: 'text',
        remembered: 'bigint',
        last_seen_at: 'bigint',
        idle_seconds: 'bigint',
        expires_at: 'bigint',
        peer: 'text',
        user_agent: 'text',
        ended_at: 'bigint?',
      },
      primary('id'),
    ),
    index('sessions_by_digest', 'sessions', ['digest'], true),
    index('sessions_by_user', 'sessions', ['user_id']),
    table('roles', { name: 'text', description: 'text' }, primary('name')),
    table('user_roles', { user_id: 'text', role: 'text' }, primary('user_id', 'role')),
    table(
      'upstream_attempts',
      {
        digest: 'text',
        upstream: 'text',
        browser_digest: 'text',
        sealed_secrets: 'text',
        continue_to: 'text',
        created_at: 'bigint',
        expires_at: 'bigint',
        finished_at: 'bigint?',
      },
      primary('digest'),
    ),
    index('upstream_attempts_by_end', 'upstream_attempts', ['expires_at']),
  ]
}

function clientsAndConsent(table: MakeTable, primary: Primary, index: MakeIndex): Compilable[] {
  return [
    table(
      'clients',
      {
        id: 'text',
        name: 'text',
        authentication: 'text',
        secret_digest: 'text?',
        jwks: 'text?',
        redirect_uris: 'text',
        post_logout_redirect_uris: 'text',
        grants: 'text',
        scopes: 'text',
        api: 'text?',
        id_token_alg: 'text',
        logo_uri: 'text?',
        policy_uri: 'text?',
        tos_uri: 'text?',
        created_at: 'bigint',
        disabled_at: 'bigint?',
      },
      primary('id'),
    ),
    table(
      'apis',
      {
        identifier: 'text',
        name: 'text',
        scopes: 'text',
        token_format: 'text',
        access_token_seconds: 'bigint',
      },
      primary('identifier'),
    ),
    table(
      'consents',
      {
        user_id: 'text',
        client_id: 'text',
        redirect_uri: 'text',
        scopes: 'text',
        resources: 'text',
        session_id: 'text',
        granted_at: 'bigint',
      },
      primary('user_id', 'client_id'),
    ),
    table(
      'flows',
      {
        digest: 'text',
        browser_digest: 'text',
        parameters: 'text',
        prior_proof: 'text?',
        started_at: 'bigint',
        expires_at: 'bigint',
        finished_at: 'bigint?',
      },
      primary('digest'),
    ),
    index('flows_by_end', 'flows', ['expires_at']),
  ]
}

function grantsAndTokens(table: MakeTable, primary: Primary, index: MakeIndex): Compilable[] {
  return [
    table(
      'codes',
      {
        digest: 'text',
        client_id: 'text',
        user_id: 'text',
        session_id: 'text',
        family_id: 'text',
        redirect_uri: 'text',
        code_challenge: 'text',
        grant_json: 'text',
        expires_at: 'bigint',
        spent_at: 'bigint?',
      },
      primary('digest'),
    ),
    index('codes_by_end', 'codes', ['expires_at']),
    table(
      'families',
      {
        id: 'text',
        client_id: 'text',
        user_id: 'text',
        session_id: 'text',
        grant_json: 'text',
        created_at: 'bigint',
        expires_at: 'bigint',
        revoked_at: 'bigint?',
        revoked_because: 'text?',
      },
      primary('id'),
    ),
    index('families_by_user', 'families', ['user_id', 'client_id']),
    index('families_by_session', 'families', ['session_id']),
    index('families_by_end', 'families', ['expires_at']),
    table(
      'refresh_tokens',
      {
        digest: 'text',
        family_id: 'text',
        generation: 'bigint',
        created_at: 'bigint',
        expires_at: 'bigint',
        spent_at: 'bigint?',
        sealed_successor: 'text?',
        replays: 'bigint',
      },
      primary('digest'),
    ),
    // INVARIANT: a family is a line, never a tree: no generation exists twice.
    index('refresh_tokens_by_family', 'refresh_tokens', ['family_id', 'generation'], true),
    table(
      'access_tokens',
      {
        digest: 'text',
        jti: 'text',
        family_id: 'text?',
        client_id: 'text',
        user_id: 'text?',
        audience: 'text',
        claims: 'text',
        created_at: 'bigint',
        expires_at: 'bigint',
        revoked_at: 'bigint?',
      },
      primary('digest'),
    ),
    index('access_tokens_by_jti', 'access_tokens', ['jti'], true),
    index('access_tokens_by_end', 'access_tokens', ['expires_at']),
    table('revoked_tokens', { jti: 'text', expires_at: 'bigint' }, primary('jti')),
    index('revoked_tokens_by_end', 'revoked_tokens', ['expires_at']),
    table('seen_assertions', { digest: 'text', expires_at: 'bigint' }, primary('digest')),
    index('seen_assertions_by_end', 'seen_assertions', ['expires_at']),
  ]
}
