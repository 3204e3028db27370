// Joins the rooms: every store and route of a server, over one platform. The only place that knows them all.
import { availableParallelism } from 'node:os'
import { accountRoutes } from '../accounts/account.routes.ts'
import { limitPolicies } from '../accounts/credentials/limit-policies.ts'
import { type Nobodies, nobodiesOf } from '../accounts/credentials/nobodies.ts'
import { passwordsOf } from '../accounts/credentials/passwords.ts'
import type { PasswordDoor } from '../accounts/credentials/prove-password.ts'
import { slotsFor } from '../accounts/credentials/slots.ts'
import { oldProofs } from '../accounts/proofs/proofs.store.ts'
import type { Session } from '../accounts/sessions/session.ts'
import { oldSessions } from '../accounts/sessions/sessions.store.ts'
import { elsewhereOf } from '../admin/moving/lazy/ask-elsewhere.ts'
import { ownKeys } from '../oauth/api-keys/own-keys.routes.ts'
import { connectedClients } from '../oauth/authorize/connected.ts'
import { partyAt } from '../oauth/authorize/waiting.ts'
import { waitingFor } from '../oauth/ciba/approve.routes.ts'
import { cibaNotifier } from '../oauth/ciba/notifier.ts'
import { clientOrigins } from '../oauth/clients/origins.ts'
import { devicesOf } from '../oauth/device/devices.ts'
import { oauthRoom, oauthRoutes } from '../oauth/oauth.routes.ts'
import { forgetUnusedClients } from '../oauth/registration/unused.ts'
import type { OAuthRoom } from '../oauth/room.ts'
import { farewell } from '../oauth/sign-out/farewell.routes.ts'
import { signOutMessenger } from '../oauth/sign-out/messenger.ts'
import { resealSubjectSecret } from '../oauth/subjects/secret.store.ts'
import { sweep } from '../oauth/sweep.store.ts'
import { sweepAll } from '../platform/db/sweep.ts'
import { type Edge, edge } from '../platform/http/edge.ts'
import type { Incoming, Route, SafeLocation } from '../platform/http/exchange.ts'
import { type Keyring, openKeyring } from '../platform/keys/keyring.ts'
import { oldLimits } from '../platform/limits/limits.store.ts'
import { lateLetters } from '../platform/mail/letters.store.ts'
import type { Outbox } from '../platform/outbox/outbox.ts'
import type { Platform } from '../platform/platform.ts'
import { basicDoor } from '../profiles/basic/proven.ts'
import { forwardAuthRoutes } from '../profiles/forward-auth/forward-auth.routes.ts'
import { forgotPasswordRoutes } from '../signin/forgot-password.routes.ts'
import { oldFinishedSignIns } from '../signin/second/finished.store.ts'
import { secondRoutes } from '../signin/second/second.routes.ts'
import { signInRoutes } from '../signin/sign-in.routes.ts'
import { signOutRoutes } from '../signin/sign-out.routes.ts'
import { signUpRoutes } from '../signin/sign-up.routes.ts'
import { signUpConfirmRoutes } from '../signin/sign-up-confirm.routes.ts'
import { oldAttempts } from '../signin/upstreams/attempts.store.ts'
import { simulatorRoutes } from '../signin/upstreams/simulators/simulators.routes.ts'
import { upstreamRoutes } from '../signin/upstreams/upstreams.routes.ts'
import { upstreamsFrom } from '../signin/upstreams/upstreams.ts'
import { clockRoutes } from './clock.routes.ts'
import { healthRoutes } from './health.routes.ts'
import { inspectorRoutes } from './inspector/inspector.routes.ts'
import { mailOutboxes, noMail } from './mail.ts'
import { mailboxRoutes } from './mailbox.routes.ts'
import { profileRoutes } from './profiles.ts'
import type { Settings } from './settings.ts'
import type { Tls } from './tls.ts'
import { welcomeRoutes } from './welcome.routes.ts'

/** The rooms, joined. */
export interface Composed {
  readonly edge: Edge
  readonly keyring: Keyring
  readonly door: PasswordDoor
  /** Tell clients what they are to hear, once they are begun. */
  readonly outboxes: readonly Outbox[]
  /** What has to be done every few minutes. */
  maintain(): Promise<void>
}

/** The settings that decide what a server does, and not where it stands. */
export type Composition = Pick<
  Settings,
  | 'otherHosts'
  | 'upstreams'
  | 'bankPort'
  | 'managementPort'
  | 'profile'
  | 'encryptedTokens'
  | 'dpopNonces'
  | 'profiles'
> &
  Partial<Pick<Settings, 'withBank' | 'mail' | 'moving' | 'registration' | 'signUp'>>

/**
 * Joins the rooms.
 *
 * @param state `draining` is set when the server is on its way out
 * @param mutualTls how clients' certificates get here
 */
export async function compose(
  platform: Platform,
  settings: Composition,
  state: { readonly draining: boolean },
  mutualTls: Tls['mutual'] = null,
): Promise<Composed> {
  const keyring = await openKeyring(platform)
  await keyring.ensure('ES256')
  const nobodies = nobodiesOf(platform)
  await nobodies.refresh()
  const passwords = passwordsOf(platform, { slots: slotsFor(availableParallelism()), nobodies })
  const door = {
    passwords,
    elsewhere: settings.moving === undefined ? undefined : elsewhereOf(platform, passwords, settings.moving),
    limits: limitPolicies,
  }
  const { profile, encryptedTokens, dpopNonces, registration = {}, mail = noMail } = settings
  const room = oauthRoom(platform, {
    keyring,
    profile,
    registration,
    encryptedTokens,
    dpopNonces,
    mutualTls,
    door,
  })
  const routes: Route[] = [
    ...welcomeRoutes(platform, settings.withBank === true ? `http://localhost:${settings.bankPort}` : null),
    ...(settings.managementPort === undefined ? healthRoutes(platform, state) : []),
    ...peopleRoutes(room, door, settings),
    ...oauthRoutes(room),
    ...forwardAuthRoutes(room, settings.profiles.basic === null ? null : basicDoor({ platform, door })),
    ...(await profileRoutes(room, door, { ...settings.profiles, signUpOpen: settings.signUp !== 'closed' })),
    ...clockRoutes(platform.runtime),
    ...inspectorRoutes(platform, keyring),
    ...mailboxRoutes(platform, mail.carrier !== undefined || mail.smtpUrl !== undefined),
  ]
  return {
    edge: edge(platform, routes, {
      allowsOrigin: clientOrigins(platform),
      otherHosts: settings.otherHosts,
      programHosts: programHostsOf(mutualTls),
    }),
    keyring,
    door,
    outboxes: [signOutMessenger(room), cibaNotifier(room), ...mailOutboxes(platform, mail)],
    maintain: () => maintain(platform, keyring, nobodies),
  }
}

/** The pages on which people come in, leave, and look after their accounts. */
function peopleRoutes(room: OAuthRoom, door: PasswordDoor, settings: Composition): readonly Route[] {
  const { platform } = room
  const upstreams = upstreamsFrom(settings.upstreams, platform)
  const signUp = settings.signUp ?? (platform.mail.isOpen ? 'confirmed' : 'open')
  const signInRoom = {
    ...door,
    upstreams,
    signUp,
    signUpOpen: signUp !== 'closed',
    partyAt: (at: SafeLocation) => partyAt(room, at),
    farewell: (request: Incoming, session: Session, next: SafeLocation) =>
      farewell(room, request, session, next),
  }
  return [
    ...signInRoutes(platform, signInRoom),
    ...secondRoutes(platform, signInRoom),
    ...signUpRoutes(platform, signInRoom),
    ...signUpConfirmRoutes(platform, signInRoom),
    ...forgotPasswordRoutes(platform, signInRoom),
    ...signOutRoutes(platform, signInRoom),
    ...upstreamRoutes(platform, signInRoom),
    ...simulatorRoutes(platform, upstreams),
    ...accountRoutes(platform, {
      ...door,
      upstreams,
      devices: (userId) => devicesOf(platform, userId),
      connectedClients: (userId) => connectedClients(platform, room.apis, userId),
      apiKeys: (userId) => ownKeys(platform, userId),
      waiting: (userId) => waitingFor(room, userId),
    }),
  ]
}

function programHostsOf(mutualTls: Tls['mutual']): readonly string[] {
  const address = mutualTls?.address ?? null
  return address === null ? [] : [address.host]
}

/** What time alone ends, in the rooms that keep it. */
const swept = [oldSessions, oldProofs, oldLimits, oldAttempts, lateLetters, oldFinishedSignIns]

async function maintain(platform: Platform, keyring: Keyring, nobodies: Nobodies): Promise<void> {
  const { database, runtime } = platform
  const now = runtime.now()
  await keyring.maintain()
  await nobodies.refresh()
  await resealSubjectSecret(platform)
  await sweep(database, now)
  await forgetUnusedClients(platform)
  await sweepAll(database, swept, now)
}
