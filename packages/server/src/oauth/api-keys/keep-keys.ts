// Making API keys, and ending them.
import { digest, formatOpaque } from '@countersign/protocol'
import { userById } from '../../accounts/users/users.store.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import { event, type Happening } from '../../platform/events/events.ts'
import type { Platform } from '../../platform/platform.ts'
import { allApis } from '../apis/apis.store.ts'
import type { Client } from '../clients/client.ts'
import { clientById } from '../clients/clients.store.ts'
import type { Rules } from '../profiles/rules.ts'
import {
  type ApiKey,
  checkDescription,
  checkScopes,
  type KeyDescription,
  type KeyFinding,
  type KeyOwner,
  keepsNoKeys,
  keyPrefix,
  mostOf,
} from './api-key.ts'
import { deleteKey, insertKey } from './api-keys.store.ts'

/** A key, or what speaks against it. */
export type MadeKey =
  | {
      readonly ok: true
      readonly key: ApiKey
      /** The key itself, in the clear for this once. */
      readonly text: string
    }
  | { readonly ok: false; readonly findings: readonly KeyFinding[] }

const noClient: KeyFinding = {
  path: 'client',
  code: 'unknown',
  message: 'must be the id of a client that is here and not disabled',
}
const noUser: KeyFinding = {
  path: 'user',
  code: 'unknown',
  message: 'must be a person who can sign in here',
}
const noApi: KeyFinding = { path: 'api', code: 'unknown', message: 'must be the identifier of an API' }

type Keeper = Pick<Platform, 'database' | 'runtime'>

/** Makes a key. */
export async function makeKey(
  platform: Keeper,
  rules: Pick<Rules, 'boundTokensOnly'>,
  described: KeyDescription,
): Promise<MadeKey> {
  const findings = await checkKey(platform, rules, described)
  if (findings.length > 0) return { ok: false, findings }
  const { database, runtime } = platform
  const text = formatOpaque(keyPrefix, runtime.secret())
  const { name, owner, audience, scopes, seconds } = described
  const now = runtime.now()
  const key: ApiKey = {
    id: runtime.id('key'),
    name,
    owner,
    audience,
    scopes: [...new Set(scopes)],
    createdAt: now,
    expiresAt: seconds === undefined ? null : now + seconds,
    lastUsedAt: null,
  }
  const committed = await database.commit([
    insertKey(database, key, digest(text)),
    event(database, runtime, {
      type: 'api_key.created',
      ...whose(owner),
      detail: { key: key.id, audience, scope: key.scopes },
    }),
  ])
  return committed.ok ? { ok: true, key, text } : { ok: false, findings: [gone(committed.lost)] }
}

/** What was there a moment ago. */
function gone(lost: string): KeyFinding {
  if (lost === 'client') return noClient
  return lost === 'user' ? noUser : noApi
}

/** The writes that end a key; they lose `api key` when somebody else has. */
export function endKey({ database, runtime }: Keeper, key: ApiKey, peer?: string): WriteSet {
  return [
    deleteKey(database, key.id, runtime.now()),
    event(database, runtime, {
      type: 'api_key.revoked',
      ...whose(key.owner),
      peer,
      detail: { key: key.id, audience: key.audience },
    }),
  ]
}

function whose(owner: KeyOwner): Pick<Happening, 'clientId' | 'userId'> {
  return owner.kind === 'client' ? { clientId: owner.clientId } : { userId: owner.userId }
}

async function checkKey(
  platform: Keeper,
  rules: Pick<Rules, 'boundTokensOnly'>,
  described: KeyDescription,
): Promise<readonly KeyFinding[]> {
  if (rules.boundTokensOnly)
    return [{ path: 'profile', code: 'profile', message: 'has no keys: they are bound to nothing' }]
  const findings = checkDescription(described)
  const owner = await ownerOf(platform, described.owner)
  if ('code' in owner) return [...findings, owner]
  const { audience, scopes } = described
  const api = (await allApis(platform.database)).find(({ identifier }) => identifier === audience)
  if (api === undefined) return [...findings, noApi]
  const names = api.scopes.map(({ name }) => name)
  const most = mostOf(names, owner.client)
  if (owner.client !== null && most.length === 0)
    return [
      ...findings,
      { path: 'api', code: 'scope', message: 'must be one that the client has a scope of' },
    ]
  return [...findings, ...checkScopes(scopes, most)]
}

/** An owner who stands and may have keys, or what speaks against them. */
async function ownerOf(
  { database }: Keeper,
  owner: KeyOwner,
): Promise<{ readonly client: Client | null } | KeyFinding> {
  if (owner.kind === 'user') {
    const user = await userById(database, owner.userId)
    return user === null || user.disabledAt !== null ? noUser : { client: null }
  }
  const client = await clientById(database, owner.clientId)
  if (client === undefined || client.disabledAt !== null) return noClient
  const fault = keepsNoKeys(client)
  return fault === null ? { client } : { path: 'client', code: 'client', message: fault }
}
