// Clients that register themselves (RFC 7591, OpenID Connect Dynamic Registration 1.0) and look after what is registered of
// them (RFC 7592): POST /oauth/register, and GET, PUT, DELETE at the address that each is told. Off unless said.
import { digest, OAuthError } from '@countersign/protocol'
import { event } from '../../platform/events/events.ts'
import { empty, type Incoming, json, type Outgoing, type Route } from '../../platform/http/exchange.ts'
import { sameText } from '../../platform/keys/vault.ts'
import { prepareChange } from '../clients/change.ts'
import { deleteClient } from '../clients/clients.store.ts'
import { metadataRefusal } from '../clients/metadata/metadata.ts'
import { prepareClient } from '../clients/registration.ts'
import { paths } from '../paths.ts'
import type { OAuthRoom } from '../room.ts'
import { admit, admitChange, invalidToken, type OwnClient, ownClient, policyFor } from './admission.ts'
import { describedBy, metadataIn, refuseMisfit } from './described.ts'
import { spendInitialToken } from './initial-tokens.store.ts'
import { clientInformation, newRegistrationToken } from './registered.ts'
import { insertRegistration, replaceRegistrationToken } from './registrations.store.ts'

/** Scripts of any origin may register: what they send and get is their own, and no cookie is looked at. */
export function registrationRoutes(room: OAuthRoom): readonly Route[] {
  const own = `${paths.register}/:id`
  const usual = { caller: 'program', cors: 'any' } as const
  return [
    {
      ...usual,
      method: 'POST',
      path: paths.register,
      takes: 'json',
      run: (request) => register(room, request),
    },
    { ...usual, method: 'GET', path: own, run: (request) => show(room, request) },
    { ...usual, method: 'PUT', path: own, takes: 'json', run: (request) => replace(room, request) },
    { ...usual, method: 'DELETE', path: own, run: (request) => remove(room, request) },
  ]
}

/** RFC 7591 §3.1. INVARIANT: an initial access token registers no more clients than it is good for. */
async function register(room: OAuthRoom, request: Incoming): Promise<Outgoing> {
  const { platform, registration } = room
  const { initial, policy } = await admit(room, request)
  const description = await describedBy(room, policy, metadataIn(request.json))
  const prepared = await prepareClient(platform, description, room)
  if (!prepared.ok) throw metadataRefusal(prepared.findings)
  const { client, secret, writes } = prepared
  refuseMisfit(room, client)
  const { database, runtime } = platform
  const token = newRegistrationToken(platform)
  const registered = {
    clientId: client.id,
    digest: digest(token),
    initialToken: initial?.id ?? null,
    policy: initial?.policy ?? null,
    at: runtime.now(),
  }
  const committed = await database.commit([
    initial === null ? null : spendInitialToken(database, initial.digest, runtime.now()),
    writes,
    insertRegistration(database, registered, registration.most),
    event(database, runtime, {
      type: 'client.registered',
      clientId: client.id,
      peer: request.peer,
      detail: { by: initial?.id ?? 'anyone' },
    }),
  ])
  if (committed.ok) return json(201, clientInformation(platform, client, { token, secret }))
  if (committed.lost === 'initial access token') throw invalidToken()
  throw new OAuthError('access_denied', {
    status: 403,
    description: 'No more clients can register themselves here.',
  })
}

/** RFC 7592 §2.1. Changes nothing, the token included: a lost answer can be asked for again. */
async function show(room: OAuthRoom, request: Incoming): Promise<Outgoing> {
  const { client, token } = await ownClient(room, request)
  return json(200, clientInformation(room.platform, client, { token, secret: null }))
}

/**
 * RFC 7592 §2.2: replaces everything that a client says of itself. The token is replaced as well, and the old one is
 * refused from then on.
 *
 * INVARIANT: of changes made with one token, one is stored.
 */
async function replace(room: OAuthRoom, request: Incoming): Promise<Outgoing> {
  const { platform } = room
  await admitChange(room, await ownClient(room, request))
  for (;;) {
    const own = await ownClient(room, request)
    const metadata = metadataIn(request.json)
    refuseForeign(own, metadata)
    const policy = policyFor(room, own.registered.policy)
    const description = await describedBy(room, policy, metadata, own.client)
    const prepared = await prepareChange(platform, own.client, description, room, 'client')
    if (!prepared.ok) throw metadataRefusal(prepared.findings)
    refuseMisfit(room, prepared.client)
    const token = newRegistrationToken(platform)
    const { database } = platform
    const committed = await database.commit([
      replaceRegistrationToken(database, own.registered, digest(token)),
      prepared.writes,
    ])
    const { client, secret } = prepared
    if (committed.ok) return json(200, clientInformation(platform, client, { token, secret }))
    if (committed.lost === 'registration access token') throw invalidToken()
    // An operator changed the client meanwhile: once more, from what they left.
  }
}

/** RFC 7592 §2.3. Everything that was issued to the client dies with it. */
async function remove(room: OAuthRoom, request: Incoming): Promise<Outgoing> {
  const { client } = await ownClient(room, request)
  await room.platform.database.commit([deleteClient(room.platform, client.id)])
  return empty(204)
}

/** RFC 7592 §2.2. */
const notToBeSent = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
]

function refuseForeign({ client }: OwnClient, metadata: Readonly<Record<string, unknown>>): void {
  const { client_id: id, client_secret: secret } = metadata
  const fault =
    id !== client.id
      ? 'client_id must be that of this client'
      : secret !== undefined && !isSecretOf(client.secretDigest, secret)
        ? 'client_secret must be the current one, or left out'
        : notToBeSent.some((name) => metadata[name] !== undefined)
          ? `leave out ${notToBeSent.join(', ')}`
          : null
  if (fault !== null)
    throw new OAuthError('invalid_client_metadata', { description: `In a change, ${fault}.` })
}

function isSecretOf(stored: string | null, secret: unknown): boolean {
  return typeof secret === 'string' && stored !== null && sameText(digest(secret), stored)
}
