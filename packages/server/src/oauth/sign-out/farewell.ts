// Which pages of clients a browser loads as it leaves (OpenID Connect Front-Channel Logout 1.0 §2, §3).
import { originOf } from '@countersign/protocol'
import type { Client } from '../clients/client.ts'
import type { SignOutChannel } from './channels.ts'

/** Most pages that are loaded as one person leaves. */
const mostFrames = 50

/** What a browser loads as it leaves. */
export interface Frames {
  readonly addresses: readonly string[]
  /** Of the addresses: what may be framed. */
  readonly origins: readonly string[]
}

/** A client of the session that ended, and what it calls that. */
export interface Leaver extends Pick<Client, 'signOut'> {
  readonly sid: string
}

/** The pages of the clients that want to be told through the browser, in the clients' order. */
export function framesOf(clients: readonly Leaver[], issuer: string): Frames {
  const addresses = clients
    .flatMap(({ signOut, sid }) => (signOut?.frontChannel ? [{ channel: signOut.frontChannel, sid }] : []))
    .slice(0, mostFrames)
    .map(({ channel, sid }) => frameAddress(channel, issuer, sid))
  const origins = [...new Set(addresses.map(originOf).filter((origin) => origin !== null))]
  return { addresses, origins }
}

/** §2: with `iss` and `sid` where the client can't do without them. */
function frameAddress({ uri, sessionRequired }: SignOutChannel, issuer: string, sid: string): string {
  if (!sessionRequired) return uri
  const query = new URLSearchParams({ iss: issuer, sid })
  return `${uri}${uri.includes('?') ? '&' : '?'}${query}`
}
