// Making a passkey, on the account page or where a second factor has to be set up: what an authenticator is asked for, and
// what becomes of its answer (WebAuthn Level 3 §7.1). Nothing is stored before what follows from it is committed.
import { authenticationClasses } from '@countersign/protocol'
import type { WriteSet } from '../../platform/db/database.ts'
import { event } from '../../platform/events/events.ts'
import { deviceWords } from '../../platform/html/words.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Instant } from '../../platform/runtime.ts'
import { toldOf } from '../letters/told-of.ts'
import type { Authentication } from '../sessions/session.ts'
import { displayName } from '../users/display-name.ts'
import { type User, userStands } from '../users/users.store.ts'
import { verifyCreation } from './ceremonies.ts'
import { newChallenge, openChallenge, type Purpose, spendChallenge } from './challenges.ts'
import { creationOptions, handleFor } from './options.ts'
import { passkeyFields } from './passkey-place.page.ts'
import { insertPasskey, type Passkey, passkeysOf } from './passkeys.store.ts'
import { readCreation } from './responses.ts'

/** More than anybody needs, and few enough to list. */
const mostPasskeys = 20

/** What a form that makes a passkey starts from. */
export interface Asked {
  /** Its name, as it was typed or as it is called unless something is typed. */
  readonly name: string
  readonly options: object
  readonly ticket: string
}

/** What an authenticator is asked to make for somebody. */
export async function askToMake(
  platform: Platform,
  request: Incoming,
  user: User,
  purpose: Purpose,
): Promise<Asked> {
  const present = await passkeysOf(platform.database, user.id)
  const { challenge, ticket } = newChallenge(platform, request, purpose, user.id)
  const userHandle = handleFor(platform, user.id, present)
  return {
    name: request.form.get('name') ?? usualName(request, platform.runtime.now()),
    options: creationOptions(platform, challenge, user, userHandle, present),
    ticket,
  }
}

/** What came of what an authenticator has made. */
export type MadePasskey =
  | {
      readonly ok: true
      readonly passkey: Passkey
      /** What it is worth beside what was proven before it. */
      readonly authentication: Authentication
      /**
       * They lose `challenge` when it was answered before, `passkey` when somebody has it, `user` when the person is
       * disabled.
       */
      readonly writes: WriteSet
    }
  | { readonly ok: false; readonly because: 'missing' | 'expired' | 'unsound' | 'tooMany' }

/** Reads what a form brings: fields `new_passkey`, `new_passkey_ticket` and `name`. @param sessionId of who is signed in */
export async function passkeyMade(
  platform: Platform,
  request: Incoming,
  user: User,
  purpose: Purpose,
  sessionId?: string,
): Promise<MadePasskey> {
  const { database, runtime, issuer } = platform
  const { answer, ticket } = passkeyFields.create
  const text = request.form.get(answer)
  if (text === undefined || text === '') return { ok: false, because: 'missing' }
  const challenge = openChallenge(platform, request, purpose, user.id, request.form.get(ticket))
  if (challenge === null) return { ok: false, because: 'expired' }
  const sent = readCreation(text)
  const made = sent === null ? null : await verifyCreation(issuer, challenge.challenge, sent)
  if (made === null) return { ok: false, because: 'unsound' }
  const present = await passkeysOf(database, user.id)
  if (present.length >= mostPasskeys) return { ok: false, because: 'tooMany' }
  const typed = displayName(request.form.get('name'))
  const passkey: Passkey = {
    ...made,
    id: runtime.id('psk'),
    userId: user.id,
    userHandle: handleFor(platform, user.id, present),
    rpId: issuer.domain ?? issuer.host,
    // It is made by now: it is not thrown away for a name.
    name: typed.ok ? typed.name : usualName(request, runtime.now()),
    createdAt: runtime.now(),
    lastUsedAt: null,
  }
  return {
    ok: true,
    passkey,
    authentication: byNewPasskey(passkey),
    writes: [
      userStands(database, user.id),
      spendChallenge(platform, challenge),
      insertPasskey(database, passkey),
      event(database, runtime, {
        type: 'passkey.added',
        userId: user.id,
        sessionId,
        peer: request.peer,
        detail: { passkey: passkey.id },
      }),
      toldOf(platform, user, { what: 'passkey.added', name: passkey.name }, request),
    ],
  }
}

/** A second factor and no more: whoever makes a key has signed nothing with it yet, since no attestation is asked for. */
function byNewPasskey({ backupEligible }: Passkey): Authentication {
  return { amr: [backupEligible === true ? 'swk' : 'hwk', 'user'], acr: authenticationClasses.mfa }
}

/** “Passkey of Firefox on Windows, Nov 22, 2026”. */
function usualName(request: Incoming, now: Instant): string {
  const device = deviceWords(request.headers.get('user-agent') ?? null)
  const day = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeZone: 'UTC' }).format(now * 1000)
  return device === deviceWords(null) ? `Passkey, ${day}` : `Passkey of ${device}, ${day}`
}
