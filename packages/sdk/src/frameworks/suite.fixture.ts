// One suite for every framework: the same requests, over real HTTP, must be answered the same whichever adapter stands
// in between, in every mode of the verifier.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { testIssuer } from '../testing/index.ts'
import type { AuthOptions } from '../verify/guard.ts'
import type { Refusal } from '../verify/refusal.ts'
import { createVerifier } from '../verify/verifier.ts'
import { challengeCases } from './suite-challenges.fixture.ts'
import { dpopCases, dpopRoutes } from './suite-dpop.fixture.ts'
import { oddityCases } from './suite-oddities.fixture.ts'
import { permissionCases } from './suite-permissions.fixture.ts'
import { type Face, type SuiteRoute, suiteRoutes } from './suite-routes.fixture.ts'
import type { Mode, Quirks, Scene } from './suite-scene.fixture.ts'
import { tokenCases } from './suite-tokens.fixture.ts'
import { worldCases } from './suite-world.fixture.ts'

export interface Running {
  /** Without a slash at its end. */
  readonly url: string
  close(): Promise<void>
}

/** How the suite gets a real application of one framework. */
export interface SuiteAdapter<Request extends object> extends Face<Request> {
  readonly framework: string
  readonly quirks?: Quirks
  /** `base` is what the options of all routes have in common. */
  start(
    routes: readonly SuiteRoute<Request>[],
    base: AuthOptions<Request>,
    routesFor: RoutesFor<Request>,
  ): Promise<Running>
}

/** The same routes for an application that has a copy of the adapter of its own. */
export type RoutesFor<Request extends object> = (face: Face<Request>) => readonly SuiteRoute<Request>[]

/** Runs the suite against one framework. */
export function runSuite<Request extends object>(adapter: SuiteAdapter<Request>): void {
  for (const mode of ['local', 'database', 'revocable'] as const) {
    describe(`${adapter.framework}, mode ${mode}`, () => {
      let scene: Scene | undefined
      let running: Running | undefined
      let close = (): void => {}
      before(async () => {
        const { verifier, ...prepared } = await prepare(mode)
        close = verifier.close
        const onRefusal = (refusal: Refusal) => void prepared.refusals.push(refusal)
        const base: AuthOptions<Request> = { verifier, onRefusal }
        const { options } = prepared.issuer
        const routesFor: RoutesFor<Request> = (face) => [
          ...suiteRoutes(base, face),
          ...dpopRoutes(base, face, { ...options, mode }),
        ]
        running = await adapter.start(routesFor(adapter), base, routesFor)
        scene = { ...prepared, mode, url: running.url, quirks: adapter.quirks ?? {} }
      })
      after(async () => {
        await running?.close()
        close()
      })
      for (const { says, only, run } of [
        ...tokenCases,
        ...permissionCases,
        ...challengeCases,
        ...worldCases,
        ...dpopCases,
        ...oddityCases,
      ]) {
        if (only !== undefined && only !== mode) continue
        test(says, async () => {
          assert.ok(scene !== undefined)
          await run(scene)
        })
      }
    })
  }
}

async function prepare(mode: Mode) {
  const clock = { now: 1_800_000_000 }
  const network = { isDown: false, asked: [] as string[] }
  const issuer = await testIssuer({ audience: 'http://api.test/v1', now: () => clock.now })
  const verifier = createVerifier({
    ...issuer.options,
    mode,
    fetch: async (url, init) => {
      network.asked.push(url)
      if (network.isDown) throw new TypeError('fetch failed')
      return issuer.fetch(url, init)
    },
  })
  const refusals: Refusal[] = []
  return { clock, network, issuer, verifier, refusals }
}
