// Several processes begin at the same moment on a database in which there is nothing yet.
import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { createVerifier } from '@countersign/sdk/verify'
import { issuer, openInstallation } from '../harness/installation.ts'
import { assertion, bank, populate } from '../harness/population.ts'
import { get, post } from '../harness/wire.ts'
import { onBothEngines } from './fleet.ts'

onBothEngines('an empty database', (engine) => {
  test('three processes that start on it at once all come up, and each one’s tokens count at every other [F32 JW-15]', async () => {
    await using installation = await openInstallation({ engine })
    const servers = await Promise.all([1, 2, 3].map(() => installation.start()))
    const keySets = await Promise.all(
      servers.map(async ({ origin }) => (await get(`${origin}/oauth/jwks`)).text),
    )
    await populate(installation, 0)
    const tokens = await Promise.all(
      servers.map(async ({ origin }) => {
        const form = {
          grant_type: 'client_credentials',
          scope: 'accounts:read',
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: assertion(),
        }
        const answer = await post(`${origin}/oauth/token`, form)
        equal(answer.status, 200, answer.text)
        return String(answer.json['access_token'])
      }),
    )
    for (const text of keySets) {
      const jwks = JSON.parse(text) as { keys: Record<string, unknown>[] }
      const verifier = createVerifier({ issuer, audience: bank, jwks })
      for (const token of tokens) equal((await verifier.verify(token)).subject, 'signer')
    }
    const signing = keySets.map((text) =>
      (JSON.parse(text) as { keys: { alg: string; kid: string }[] }).keys
        .filter(({ alg }) => alg === 'ES256')
        .map(({ kid }) => kid),
    )
    deepEqual(signing, Array(3).fill(signing[0]), 'they agree on the key that signs from the first moment')
    equal(signing[0]?.length, 1)
    // Those of other algorithms are made in the background, before anybody asks for them.
    const settled = async (): Promise<boolean> => {
      const now = await Promise.all(
        servers.map(async ({ origin }) => (await get(`${origin}/oauth/jwks`)).text),
      )
      return now.every((text) => text === now[0] && text.includes('RS256'))
    }
    const end = Date.now() + 60_000
    while (!(await settled())) {
      if (Date.now() > end) throw new Error('They never agree on the keys of other algorithms.')
      await new Promise((resume) => setTimeout(resume, 100))
    }
    for (const server of servers) await server.stop()
  })
})
