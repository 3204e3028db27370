// A client or an API that is brought. Clients keep their ids, so that programs go on as they are; what is here under an id
// stays as it is, for an operator may have changed it since.
import { checkRedirectUri } from '@countersign/protocol'
import { isThingMoved, rememberThing } from '../../accounts/users/moved.store.ts'
import { rolesScope } from '../../oauth/apis/api.ts'
import { allApis } from '../../oauth/apis/apis.store.ts'
import { type ApiDescription, prepareApi } from '../../oauth/apis/registration.ts'
import { keepBroughtSecret } from '../../oauth/clients/brought-secret.ts'
import { clientById, disableClient, insertClient } from '../../oauth/clients/clients.store.ts'
import { findingsOnTheWire, parseMetadata } from '../../oauth/clients/metadata/metadata.ts'
import {
  type ClientDescription,
  type ClientFinding,
  clientOf,
  findingsOf,
  needsSecret,
} from '../../oauth/clients/registration.ts'
import { isAddress } from '../../oauth/metadata-documents/address.ts'
import { noteReading } from '../../oauth/metadata-documents/documents.store.ts'
import { event } from '../../platform/events/events.ts'
import type { MovedClient, MovedRecord } from './records.ts'
import { allOf, conflict, counted, type Tally } from './report.ts'
import { nothing, type Plan, type World } from './world.ts'

/** Decides what becomes of a client. */
export async function planClient(world: World, read: MovedClient): Promise<Plan> {
  const { platform, options, claimed } = world
  const { database, runtime } = platform
  if (claimed.has(`c ${read.id}`)) return { writes: [], tally: conflict(read.id, 'is there twice') }
  const thing = `client ${read.id}`
  if (await isThingMoved(database, options.source, thing)) return nothing
  // What it holds comes to the one that is here now, and to none that is given its id after that one (C22).
  if ((await clientById(database, read.id)) !== undefined)
    return options.keepsIds && options.apply
      ? { ...nothing, writes: [rememberThing(database, options.source, thing, runtime.now())] }
      : nothing
  const { metadata, tallies } = spokenHere(read, options)
  const described = await describedBy(world, { ...read, metadata })
  if (!described.ok) return { writes: [], tally: allOf([...tallies, ...told(read.id, described.findings)]) }
  claimed.add(`c ${read.id}`)
  const now = runtime.now()
  const { description, secretDigest } = described
  const client = {
    ...clientOf(description, read.id, null, read.createdAt ?? now),
    secretDigest,
    identityChangedAt: read.identityChangedAt,
  }
  return {
    writes: options.apply
      ? [
          insertClient(database, client),
          event(database, runtime, { type: 'client.created', clientId: read.id, detail: { imported: true } }),
          rememberThing(database, options.source, thing, now),
          // Its document is read again when it comes next.
          isAddress(read.id) ? noteReading(database, { id: read.id, readAt: now, freshUntil: now }) : null,
          read.disabled ? disableClient(database, read.id, now) : null,
        ]
      : [],
    tally: allOf([counted('clients'), ...tallies]),
  }
}

type Described =
  | { readonly ok: true; readonly description: ClientDescription; readonly secretDigest: string | null }
  | { readonly ok: false; readonly findings: readonly ClientFinding[] }

async function describedBy({ platform, options }: World, read: MovedClient): Promise<Described> {
  const secret = read.secret?.as === 'text' ? { client_secret: read.secret.value } : {}
  const parsed = parseMetadata({ ...read.metadata, ...secret, client_id: read.id }, 'operator')
  if (!parsed.ok) return parsed
  // The id of a client that describes itself is the address of its document, which nobody chooses.
  const { id, ...rest } = parsed.description
  const isOfDocument = options.keepsIds && isAddress(read.id)
  const description: ClientDescription = isOfDocument || id === undefined ? rest : { ...rest, id }
  const { encryptedTokens } = options
  const findings = findingsOnTheWire(await findingsOf(platform, description, { encryptedTokens }))
  if (findings.length > 0) return { ok: false, findings }
  if (!needsSecret(description)) return { ok: true, description, secretDigest: null }
  const kept = keptSecret(platform, read, description)
  if (kept !== null) return { ok: true, description, secretDigest: kept }
  return {
    ok: false,
    findings: [
      {
        path: 'client_secret',
        code: 'unknown',
        message: 'is not there, or is kept in a way that can’t be tried here or costs too much',
      },
    ],
  }
}

/** What is stored of a secret; null where nobody could ever show it. */
function keptSecret(
  platform: World['platform'],
  { id, secret, createdAt }: MovedClient,
  description: ClientDescription,
): string | null {
  switch (secret?.as) {
    case 'text':
      return clientOf(description, id, secret.value, createdAt ?? 0).secretDigest
    case 'sha256':
      return secret.value
    case 'hash':
      return keepBroughtSecret(platform, id, secret.value)
    case undefined:
      return null
  }
}

/** Of grants that others still have, what is said where a client had them. */
const unspoken: Readonly<Record<string, string>> = {
  implicit: 'had tokens in addresses (implicit): here it gets a code, and has to use PKCE',
  password: 'took people’s passwords itself (password): here it has to send them to sign in',
}

/**
 * The metadata without addresses and grants that can’t be registered, each of which is told. And without the scope `roles`,
 * which meant something else elsewhere, and was had there by whoever asked: here an operator gives it (decision 50).
 */
function spokenHere(
  { id, metadata: read }: MovedClient,
  { keepsIds }: Pick<World['options'], 'keepsIds'>,
): {
  readonly metadata: Readonly<Record<string, unknown>>
  readonly tallies: readonly Tally[]
} {
  const tallies: Tally[] = []
  const metadata = keepsIds ? read : withoutRoles(read)
  if (metadata !== read)
    tallies.push(conflict(id, `had a scope “${rolesScope}”, which tells it people’s roles here: left out`))
  const addresses = Object.fromEntries(
    ['redirect_uris', 'post_logout_redirect_uris'].flatMap((name) => {
      const given = metadata[name]
      if (!Array.isArray(given)) return []
      const kept = [...new Set(given)].filter((uri, at) => {
        const finding = typeof uri === 'string' ? checkRedirectUri(uri) : null
        if (finding !== null) tallies.push(conflict(id, `${name}.${at} ${finding.message}: left out`))
        return finding === null
      })
      return [[name, kept]]
    }),
  )
  const grants = metadata['grant_types']
  if (!Array.isArray(grants)) return { metadata: { ...metadata, ...addresses }, tallies }
  for (const grant of grants) {
    const told = unspoken[String(grant)]
    if (told !== undefined) tallies.push(conflict(id, told))
  }
  const spoken = new Set(grants.filter((grant) => unspoken[String(grant)] === undefined))
  if (grants.includes('implicit')) spoken.add('authorization_code')
  return { metadata: { ...metadata, ...addresses, grant_types: [...spoken] }, tallies }
}

function withoutRoles(metadata: MovedClient['metadata']): MovedClient['metadata'] {
  const { scope } = metadata
  if (typeof scope !== 'string') return metadata
  const names = scope.split(' ')
  if (!names.includes(rolesScope)) return metadata
  return { ...metadata, scope: names.filter((name) => name !== rolesScope).join(' ') }
}

/** Decides what becomes of an API. */
export async function planApi(
  { platform, options, claimed }: World,
  read: Extract<MovedRecord, { kind: 'api' }>,
): Promise<Plan> {
  const { kind: _, ...description } = read
  if (claimed.has(`a ${read.identifier}`)) {
    return { writes: [], tally: conflict(read.identifier, 'is there twice') }
  }
  const here = await allApis(platform.database)
  const thing = `api ${read.identifier}`
  if (await isThingMoved(platform.database, options.source, thing)) return nothing
  if (here.some(({ identifier }) => identifier === read.identifier)) return nothing
  const { encryptedTokens } = options
  const prepared = await prepareApi(platform, description as unknown as ApiDescription, { encryptedTokens })
  if (!prepared.ok) return { writes: [], tally: allOf(told(read.identifier, prepared.findings)) }
  claimed.add(`a ${read.identifier}`)
  const remembered = rememberThing(platform.database, options.source, thing, platform.runtime.now())
  return { writes: options.apply ? [prepared.writes, remembered] : [], tally: counted('apis') }
}

function told(id: string, findings: readonly { readonly path: string; readonly message: string }[]): Tally[] {
  return findings.map(({ path, message }) => conflict(id, `${path} ${message}`))
}
