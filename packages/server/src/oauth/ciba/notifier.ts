// Tells clients that people have answered (CIBA §10.2): from the outbox, until the request would be of no use any more.

import { event } from '../../platform/events/events.ts'
import { EgressFailure } from '../../platform/http/egress.ts'
import { SealBroken } from '../../platform/keys/vault.ts'
import { type Outbox, outbox } from '../../platform/outbox/outbox.ts'
import type { Client } from '../clients/client.ts'
import { clientById } from '../clients/clients.store.ts'
import type { OAuthRoom } from '../room.ts'
import {
  claimNotice,
  clientsToNotify,
  dueNotices,
  type Notice,
  settleNotice,
} from './backchannel-requests.store.ts'
import { type NoticeContent, openNotice } from './notice.ts'

/** Seconds from one attempt to the next, doubled each time; the first is longer than an attempt can take. */
const firstPause = 10
const longestPause = 60

/** How an attempt went: `because` tells nothing of what the client said. */
type Told = { readonly kind: 'heard' } | { readonly kind: 'refused' | 'failed'; readonly because: string }

/** The outbox of answers of this process. It does nothing before it is asked to. */
export function cibaNotifier(room: OAuthRoom): Outbox {
  const { database, runtime, log } = room.platform
  return outbox(log, {
    parties: () => clientsToNotify(database, runtime.now()),
    dueFor: (clientId, most) => dueNotices(database, clientId, runtime.now(), most),
    attempt: (due: Notice) => attemptOnce(room, due),
    words: {
      attempt: 'Telling a client that somebody has answered failed here; it is tried again.',
      look: 'Which clients wait for an answer can’t be read; it is tried again.',
    },
  })
}

async function attemptOnce(room: OAuthRoom, waiting: Notice): Promise<void> {
  const { database, runtime } = room.platform
  const now = runtime.now()
  const next = now + Math.min(firstPause * 2 ** waiting.attempts, longestPause)
  const claimed = await database.commit([claimNotice(database, waiting, { now, next })])
  if (!claimed.ok) return
  const due = { ...waiting, attempts: waiting.attempts + 1 }
  const client = await clientById(database, due.clientId)
  const content = contentOf(room, due)
  if (client === undefined || client.disabledAt !== null || client.ciba.mode !== 'ping' || content === null) {
    await database.commit([settleNotice(database, due)])
    return
  }
  await record(room, due, await tell(room, client, content), next)
}

/** Null where the secret that it was sealed under is gone: then nobody can tell it any more. */
function contentOf({ platform }: OAuthRoom, { digest, notice }: Notice): NoticeContent | null {
  try {
    return openNotice(platform.vault, digest, notice)
  } catch (error) {
    if (error instanceof SealBroken) return null
    throw error
  }
}

/** One attempt. Never rejects for what the client does or does not. */
async function tell({ platform }: OAuthRoom, { ciba }: Client, content: NoticeContent): Promise<Told> {
  try {
    const { status } = await platform.egress(ciba.notificationEndpoint ?? '', {
      method: 'POST',
      headers: {
        authorization: `Bearer ${content.token}`,
        'content-type': 'application/json',
        accept: '*/*',
      },
      body: JSON.stringify({ auth_req_id: content.authReqId }),
    })
    // §10.2: 204, and 200 as well; redirects are not followed. What the client refuses for good is not said again.
    if (status === 204 || status === 200) return { kind: 'heard' }
    const refused = status >= 400 && status < 500 && status !== 408 && status !== 429
    return { kind: refused ? 'refused' : 'failed', because: `status ${status}` }
  } catch (error) {
    if (error instanceof EgressFailure) return { kind: 'failed', because: error.fault }
    throw error
  }
}

async function record(
  { platform: { database, runtime, log } }: OAuthRoom,
  due: Notice,
  told: Told,
  next: number,
): Promise<void> {
  const { clientId, attempts } = due
  const isLast = told.kind !== 'failed' || next >= due.expiresAt
  if (!isLast) {
    log.info({ clientId, because: told.because, attempts }, 'A client was not told of an answer.')
    return
  }
  const happened =
    told.kind === 'heard'
      ? event(database, runtime, { type: 'backchannel.notified', clientId, detail: { attempts } })
      : event(database, runtime, {
          type: 'backchannel.given_up',
          clientId,
          detail: { attempts, because: told.because },
        })
  const committed = await database.commit([settleNotice(database, due), happened])
  if (committed.ok && told.kind !== 'heard')
    log.warn({ clientId, because: told.because, attempts }, 'A client can’t be told of an answer.')
}
