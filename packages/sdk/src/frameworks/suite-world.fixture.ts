// A protected address in the world: many at once, an issuer that is down, keys that change, answers that tell nothing.
import assert from 'node:assert/strict'
import { ownTime } from '../../../../tests/harness/own-time.ts'
import {
  bearerChallenge,
  passes,
  refuses,
  refusesAsNobody,
  refusesToken,
} from './suite-expectations.fixture.ts'
import { signedByAttacker } from './suite-forgeries.fixture.ts'
import { bearer, type Case, get, send } from './suite-scene.fixture.ts'

const issuer: readonly Case[] = [
  {
    says: 'while the issuer is down, tokens are checked by the keys at hand',
    only: 'local',
    async run(scene) {
      passes(await bearer(scene, '/me', scene.issuer.token()))
      scene.network.isDown = true
      try {
        scene.clock.now += 4000
        passes(await bearer(scene, '/me', scene.issuer.token()))
        passes(await bearer(scene, '/me', scene.issuer.token()))
      } finally {
        scene.network.isDown = false
        scene.clock.now += 31
      }
      passes(await bearer(scene, '/me', scene.issuer.token()))
    },
  },
  {
    says: 'while the issuer is down, the answer is 503: neither a yes nor a no',
    only: 'database',
    async run(scene) {
      const token = scene.issuer.token()
      passes(await bearer(scene, '/me', token))
      scene.network.isDown = true
      try {
        const reply = await bearer(scene, '/me', token)
        refuses(reply, 503, 'unavailable', null)
        assert.match(reply.header('retry-after') ?? '', /^\d+$/)
        assert.equal((await bearer(scene, '/optional', token)).status, 503)
      } finally {
        scene.network.isDown = false
      }
      passes(await bearer(scene, '/me', token))
    },
  },
  {
    says: 'a revoked token is refused by the next request',
    only: 'database',
    async run(scene) {
      const token = scene.issuer.token()
      passes(await bearer(scene, '/me', token))
      scene.issuer.revoke(token)
      refusesToken(await bearer(scene, '/me', token))
    },
  },
  {
    says: 'a revoked token is refused within a second, and until then nobody asks about it',
    only: 'revocable',
    async run(scene) {
      const [token, other] = [scene.issuer.token(), scene.issuer.token()]
      for (const one of [token, other]) passes(await bearer(scene, '/me', one))
      scene.network.asked.length = 0
      scene.issuer.revoke(token)
      using time = ownTime()
      let reply = await bearer(scene, '/me', token)
      while (reply.status === 200 && time.ms() < 1000) reply = await bearer(scene, '/me', token)
      refusesToken(reply)
      passes(await bearer(scene, '/me', other))
      assert.ok(!scene.network.asked.some((url) => url.endsWith('/introspect')))
    },
  },
  {
    says: 'an opaque token is put before the issuer, for nothing in it can be looked up',
    only: 'revocable',
    async run(scene) {
      passes(await bearer(scene, '/me', scene.issuer.token({ opaque: true })))
    },
  },
  {
    says: 'an opaque token is put before the issuer',
    only: 'database',
    async run(scene) {
      passes(await bearer(scene, '/me', scene.issuer.token({ opaque: true })))
    },
  },
  {
    says: 'a mistyped opaque token is refused without asking the issuer',
    only: 'database',
    async run(scene) {
      const token = scene.issuer.token({ opaque: true })
      const asked = scene.network.asked.length
      refusesToken(await bearer(scene, '/me', `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`))
      refusesToken(await bearer(scene, '/me', token.slice(0, -1)))
      assert.equal(scene.network.asked.length, asked)
    },
  },
  {
    says: 'an opaque token is refused, and the log says how to mend it',
    only: 'local',
    async run(scene) {
      scene.refusals.length = 0
      const reply = await bearer(scene, '/me', scene.issuer.token({ opaque: true }))
      refusesToken(reply)
      assert.match(scene.refusals[0]?.detail ?? '', /mode 'database'/)
      assert.doesNotMatch(reply.text, /database/)
    },
  },
  {
    says: 'a new key is found when a token names it, and a withdrawn one is forgotten with its tokens',
    only: 'local',
    async run(scene) {
      const old = scene.issuer.token({ expiresIn: 3600 })
      passes(await bearer(scene, '/me', old))
      scene.clock.now += 31
      await scene.issuer.rotate()
      passes(await bearer(scene, '/me', scene.issuer.token()))
      passes(await bearer(scene, '/me', old))
      scene.issuer.retire()
      scene.clock.now += 301
      refusesToken(await bearer(scene, '/me', old))
      passes(await bearer(scene, '/me', scene.issuer.token()))
    },
  },
  {
    says: 'a flood of invented key names asks the issuer at most once in 30 seconds',
    only: 'local',
    async run(scene) {
      scene.clock.now += 31
      passes(await bearer(scene, '/me', scene.issuer.token()))
      scene.network.asked.length = 0
      const flood = Array.from({ length: 40 }, (_, index) =>
        bearer(scene, '/me', signedByAttacker(scene.issuer, { kid: `invented-${index}` })),
      )
      for (const reply of await Promise.all(flood)) refusesToken(reply)
      assert.ok(scene.network.asked.filter((url) => url.endsWith('/jwks')).length <= 1)
      passes(await bearer(scene, '/me', scene.issuer.token()))
    },
  },
]

const answers: readonly Case[] = [
  {
    says: 'fifty at once each get their own name',
    async run(scene) {
      const subjects = Array.from({ length: 50 }, (_, index) => `usr_${index}`)
      const replies = await Promise.all(
        subjects.map((subject) => bearer(scene, '/me', scene.issuer.token({ subject }))),
      )
      for (const [index, reply] of replies.entries()) passes(reply, subjects[index])
    },
  },
  {
    says: 'a refusal repeats nothing of what was sent',
    async run(scene) {
      const canary = 'canary7f3a'
      const sent = [`Bearer ${canary}`, `Bearer ${canary} ${canary}`, `${canary} x`, `Bearer a.${canary}.b`]
      for (const value of sent) {
        const reply = await get(scene, `/me?q=${canary}`, value)
        const headers = ['www-authenticate', 'location', 'set-cookie']
          .map((name) => reply.header(name))
          .join()
        assert.ok(reply.status >= 400)
        assert.doesNotMatch(reply.text + headers, /canary/)
      }
    },
  },
  {
    says: 'every refusal is told to the application before it is sent, with a reason for the log',
    async run(scene) {
      scene.refusals.length = 0
      refusesToken(await bearer(scene, '/me', scene.issuer.token({ audience: 'http://other.test' })))
      const [refusal] = scene.refusals
      assert.equal(scene.refusals.length, 1)
      assert.equal(refusal?.code, 'invalid_token')
      assert.match(refusal?.detail ?? '', /audience/)
    },
  },
  {
    says: 'a refused POST is answered although nobody reads its body, and a refused HEAD without one',
    async run(scene) {
      const body = 'x'.repeat(100_000)
      refusesAsNobody(await send(scene, '/me', [], { method: 'POST', body }))
      const head = await send(scene, '/me', [], { method: 'HEAD' })
      assert.deepEqual([head.status, head.text], [401, ''])
      assert.equal(bearerChallenge(head), 'Bearer')
    },
  },
  {
    says: 'a challenge points to the metadata of the API, when it is served',
    async run(scene) {
      const url = 'http://api.test/.well-known/oauth-protected-resource/v1'
      const reply = await get(scene, '/described')
      refusesAsNobody(reply)
      assert.equal(bearerChallenge(reply), `Bearer resource_metadata="${url}"`)
      const wrong = await bearer(scene, '/described', 'wrong')
      assert.match(wrong.header('www-authenticate') ?? '', /resource_metadata="http:/)
      assert.doesNotMatch((await get(scene, '/me')).header('www-authenticate') ?? '', /resource_metadata/)
    },
  },
]

export const worldCases: readonly Case[] = [...issuer, ...answers]
