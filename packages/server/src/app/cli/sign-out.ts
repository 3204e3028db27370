// How a command names where a client is told that a session has ended: the options, and what they come to.
import type { Command } from 'commander'
import type { Client } from '../../oauth/clients/client.ts'
import type { SignOutChannel, SignOutChannels } from '../../oauth/sign-out/channels.ts'

/** As commander gives them. */
export interface SignOutOptions {
  readonly backchannelLogoutUri?: string
  readonly backchannelLogoutSessionRequired?: true
  readonly frontchannelLogoutUri?: string
  readonly frontchannelLogoutSessionRequired?: true
}

/** Adds the options to a command. */
export function withSignOutOptions(command: Command): Command {
  return command
    .option('--backchannel-logout-uri <uri>', 'where we tell it that a session has ended')
    .option('--backchannel-logout-session-required', 'it needs the session’s name for that')
    .option('--frontchannel-logout-uri <uri>', 'a page of its that the browser loads on its way out')
    .option('--frontchannel-logout-session-required', 'with the issuer and the session’s name in its query')
}

/** The channels that are named; a way that nothing is said of stays undefined, `none` is null. */
export function channelsGiven(options: SignOutOptions): Partial<SignOutChannels> {
  const {
    backchannelLogoutUri: back,
    backchannelLogoutSessionRequired: backNeeds = false,
    frontchannelLogoutUri: front,
    frontchannelLogoutSessionRequired: frontNeeds = false,
  } = options
  return {
    ...(back !== undefined && { backChannel: channel(back, backNeeds) }),
    ...(front !== undefined && { frontChannel: channel(front, frontNeeds) }),
  }
}

function channel(uri: string, sessionRequired: boolean): SignOutChannel | null {
  return uri === 'none' ? null : { uri, sessionRequired }
}

/** The channels of a client as they are shown. */
export function channelsShown({ signOut }: Pick<Client, 'signOut'>): Record<string, string | boolean | null> {
  return {
    backchannelLogoutUri: signOut?.backChannel?.uri ?? null,
    backchannelLogoutSessionRequired: signOut?.backChannel?.sessionRequired ?? false,
    frontchannelLogoutUri: signOut?.frontChannel?.uri ?? null,
    frontchannelLogoutSessionRequired: signOut?.frontChannel?.sessionRequired ?? false,
  }
}
