// The CIBA grant (CIBA §10.1): a client asks whether the person whom it asked has decided, by itself or once it was told.
import { type CibaGrantRequest, type cibaGrant, digest, parseOpaque } from '@countersign/protocol'
import type { Client } from '../clients/client.ts'
import type { Grant } from '../grants/grants.ts'
import { decidePoll, invalidPoll, type Polling } from '../polling/decided.ts'
import type { OAuthRoom } from '../room.ts'
import {
  type BackchannelRequest,
  backchannelRequestByDigest,
  backchannelRequests,
} from './backchannel-requests.store.ts'

const polling: Polling = { store: backchannelRequests, grant: 'ciba', named: 'auth_req_id' }

/** CIBA §10.1: a backchannel request that somebody has allowed becomes a family. */
export const authorizeByCiba: Grant<typeof cibaGrant> = async (room, request, client, confirmation) => {
  const found = await find(room, request, client)
  return decidePoll(room, polling, found, { client, confirmation, request })
}

/** @throws OAuthError `invalid_grant`; §11: an id that "was not issued to" the client is one that does not exist */
async function find(
  room: OAuthRoom,
  { authReqId }: CibaGrantRequest,
  client: Client,
): Promise<BackchannelRequest> {
  if (parseOpaque(authReqIdPrefix, authReqId) === null) throw invalidPoll(polling, 'not one of ours')
  const found = await backchannelRequestByDigest(room.platform.database, digest(authReqId))
  if (found === undefined) throw invalidPoll(polling, 'unknown')
  if (found.clientId !== client.id) throw invalidPoll(polling, 'issued to another client')
  return found
}

/** What every `auth_req_id` begins with. */
export const authReqIdPrefix = 'csba'
