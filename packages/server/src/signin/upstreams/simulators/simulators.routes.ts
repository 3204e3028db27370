// The simulated providers below `/dev/idp/`: one for each upstream that has no id and secret. Development only.
import type { Route } from '../../../platform/http/exchange.ts'
import type { Platform } from '../../../platform/platform.ts'
import type { Upstream } from '../upstreams.ts'
import { facebookRoutes } from './facebook.routes.ts'
import { googleRoutes } from './google.routes.ts'
import { oidcRoutes } from './oidc.routes.ts'
import { type Simulator, simulatorOf } from './simulator.ts'

const routesOf: Readonly<Record<Upstream['id'], (simulator: Simulator) => readonly Route[]>> = {
  google: googleRoutes,
  facebook: facebookRoutes,
  oidc: oidcRoutes,
}

/** The routes of every provider that is simulated. */
export function simulatorRoutes(platform: Platform, upstreams: readonly Upstream[]): readonly Route[] {
  return upstreams
    .filter(({ simulated }) => simulated)
    .flatMap((upstream) => routesOf[upstream.id](simulatorOf(platform, upstream)))
}
