// The two drivers. Which one serves a provider is said in the provider's row.
import type { Upstream } from '../upstreams.ts'
import type { Connection, DriverWorld } from './connection.ts'
import { connectOauth } from './oauth.ts'
import { connectOidc } from './oidc.ts'

/** The driver that speaks to a provider. */
export function connect(upstream: Upstream, world: DriverWorld): Connection {
  return upstream.driver === 'oidc' ? connectOidc(upstream, world) : connectOauth(upstream, world)
}
