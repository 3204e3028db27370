// What the test, in whose process Next serves this application, hands over to it.

import type { RoutesFor } from '../../../packages/sdk/src/frameworks/suite.fixture.ts'

export interface Stage {
  readonly routesFor: RoutesFor<Request>
}

const place = Symbol.for('the stage of the suite')
const world: typeof globalThis & { [place]?: Stage } = globalThis

export function stage(): Stage {
  const set = world[place]
  if (set === undefined) throw new TypeError('The stage is not set')
  return set
}

export function setStage(set: Stage): void {
  world[place] = set
}
