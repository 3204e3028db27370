// One attempt to tell a client that a session has ended (OpenID Connect Back-Channel Logout 1.0 §2.5, §2.8).
import { Parameters } from '@countersign/protocol'
import { EgressFailure, type EgressRequest } from '../../platform/http/egress.ts'
import type { Client } from '../clients/client.ts'
import type { OAuthRoom } from '../room.ts'
import type { SignOutChannel } from './channels.ts'
import { logoutToken } from './logout-token.ts'
import type { SessionClient } from './session-clients.store.ts'

/** How it went: heard, refused for good, or worth another try. `because` tells nothing of what the client said. */
export type Told =
  | { readonly kind: 'heard' }
  | { readonly kind: 'refused' | 'failed'; readonly because: string }

/** What an attempt may cost. */
export type Limits = Required<Pick<EgressRequest, 'timeoutMs' | 'maxBytes'>>

/** Sends one logout token. Never rejects for what the client does or does not. */
export async function tell(
  room: OAuthRoom,
  limits: Limits,
  { client, channel }: { readonly client: Client; readonly channel: SignOutChannel },
  ended: SessionClient,
): Promise<Told> {
  const token = await logoutToken(room, client, ended)
  try {
    const { status } = await room.platform.egress(channel.uri, {
      ...limits,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: '*/*' },
      body: Parameters.from([['logout_token', token]]).toString(),
    })
    // §2.8: 200; "some Web frameworks will substitute an HTTP 204 No Content"; 400 for what the client won't take.
    if (status === 200 || status === 204) return { kind: 'heard' }
    return { kind: status === 400 ? 'refused' : 'failed', because: `status ${status}` }
  } catch (error) {
    if (error instanceof EgressFailure) return { kind: 'failed', because: error.fault }
    throw error
  }
}
