// What a client is told when there is an answer (CIBA §10.2), as it waits: the request's name, and the bearer token that
// the client gave for this. Both open something, so they are sealed until they are sent, and forgotten then.
import { digest } from '@countersign/protocol'
import type { Vault } from '../../platform/keys/vault.ts'

/** What is told, and what with. */
export interface NoticeContent {
  readonly authReqId: string
  /** `client_notification_token` */
  readonly token: string
}

/** Seals it for the row of its request. */
export function sealNotice(vault: Vault, content: NoticeContent): string {
  return vault.seal(placeOf(digest(content.authReqId)), JSON.stringify(content))
}

/** @throws SealBroken when it is of another request, or its secret is gone */
export function openNotice(vault: Vault, requestDigest: string, sealed: string): NoticeContent {
  return JSON.parse(vault.open(placeOf(requestDigest), sealed)) as NoticeContent
}

function placeOf(requestDigest: string): string {
  return `backchannel_requests/${requestDigest}/notice`
}
