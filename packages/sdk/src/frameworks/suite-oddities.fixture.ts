// A protected address under what no client sends: every framework answers it as the sender's own doing, and goes on.
import assert from 'node:assert/strict'
import { oddHeaderValues, oddTargets } from '../../../../tests/hostile/oddities.ts'
import { passes } from './suite-expectations.fixture.ts'
import { bearer, type Case, type Scene, send } from './suite-scene.fixture.ts'

/** What is no path is for Node's parser or the framework to refuse; ours sees none of it. */
const targets = oddTargets.filter((target) => /^\/[\x21-\x7e]*$/.test(target))
const paths = ['/me', '/optional', '/described', '/accounts/x', '/bound']

/** Neither let in nor the server's fault; `/optional` lets in nobody's request as nobody's. */
async function refusesAll(scene: Scene, name: string, values: readonly string[]): Promise<void> {
  for (const [at, value] of values.entries()) {
    const path = paths[at % paths.length] ?? ''
    const reply = await send(scene, path, [], { more: [name, value] })
    const said = `${path} ${name}: ${value.slice(0, 60)}: ${reply.status} ${reply.text.slice(0, 200)}`
    assert.ok(reply.status < 500, said)
    assert.ok(reply.status >= 400 || reply.body.principal === null, said)
  }
}

export const oddityCases: readonly Case[] = [
  {
    says: 'whatever stands in an Authorization header, no answer is the server’s fault, and the next request passes [TK-16]',
    async run(scene) {
      await refusesAll(scene, 'authorization', oddHeaderValues)
      passes(await bearer(scene, '/me', scene.issuer.token()))
    },
  },
  {
    says: 'neither do odd proofs, cookies and addresses bring it down [TK-16]',
    only: 'local',
    async run(scene) {
      const token = scene.issuer.token()
      for (const value of oddHeaderValues) {
        for (const path of ['/me', '/bound']) {
          const reply = await send(scene, path, [`DPoP ${token}`], {
            more: ['dpop', value, 'cookie', value.slice(0, 999)],
          })
          assert.ok(
            [400, 401, 431].includes(reply.status),
            `${path} proof ${value.slice(0, 60)}: ${reply.status}`,
          )
        }
      }
      for (const target of scene.quirks.answersOddAddresses ? [] : targets) {
        for (const scheme of ['Bearer', 'DPoP']) {
          const reply = await send(scene, '/', [`${scheme} ${token}`], { target, more: ['dpop', 'e30.e30.'] })
          assert.ok(reply.status < 500, `${target.slice(0, 60)}: ${reply.status} ${reply.text.slice(0, 300)}`)
        }
      }
      passes(await bearer(scene, '/me', token))
    },
  },
]
