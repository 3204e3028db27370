// The device authorization grant's second half (RFC 8628 §3.4, §3.5): a device asks until somebody has decided.
import { type DeviceGrantRequest, type deviceGrant, digest, parseOpaque } from '@countersign/protocol'
import type { Client } from '../clients/client.ts'
import type { Grant } from '../grants/grants.ts'
import { decidePoll, invalidPoll, type Polling } from '../polling/decided.ts'
import type { OAuthRoom } from '../room.ts'
import { type DeviceCode, deviceCodeByDigest, deviceCodes } from './device-codes.store.ts'

const polling: Polling = { store: deviceCodes, grant: 'device_code', named: 'device code' }

/** RFC 8628 §3.4: a device code that somebody has allowed becomes a family. */
export const authorizeByDeviceCode: Grant<typeof deviceGrant> = async (
  room,
  request,
  client,
  confirmation,
) => {
  const code = await find(room, request, client)
  return decidePoll(room, polling, code, { client, confirmation, request })
}

/** @throws OAuthError `invalid_grant`; a foreign client learns nothing and changes nothing (C36) */
async function find(room: OAuthRoom, request: DeviceGrantRequest, client: Client): Promise<DeviceCode> {
  if (parseOpaque('csdc', request.deviceCode) === null) throw invalidPoll(polling, 'not a device code')
  const code = await deviceCodeByDigest(room.platform.database, digest(request.deviceCode))
  if (code === undefined) throw invalidPoll(polling, 'unknown')
  if (code.clientId !== client.id) throw invalidPoll(polling, 'issued to another client')
  return code
}
