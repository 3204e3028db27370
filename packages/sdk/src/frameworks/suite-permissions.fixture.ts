// Who may pass with a good token: scopes, roles, fresh and strong sign-ins (RFC 9470), and the application's decision.
import assert from 'node:assert/strict'
import { offers, passes, refuses, refusesAsNobody, refusesToken } from './suite-expectations.fixture.ts'
import { bearer, type Case, get } from './suite-scene.fixture.ts'

const rights: readonly Case[] = [
  {
    says: 'a missing scope is 403 and named',
    async run(scene) {
      const reply = await bearer(scene, '/transfers', scene.issuer.token({ scope: 'accounts:read' }))
      refuses(reply, 403, 'insufficient_scope', 'Bearer error="insufficient_scope"')
      assert.match(reply.header('www-authenticate') ?? '', /, scope="transfers:write"/)
      offers(reply, 'scope', 'transfers:write')
      passes(
        await bearer(scene, '/transfers', scene.issuer.token({ scope: 'accounts:read transfers:write' })),
      )
    },
  },
  {
    says: 'a scope is matched whole',
    async run(scene) {
      for (const scope of [
        'transfers',
        'transfers:*',
        'transfers:write2',
        'Transfers:write',
        'xtransfers:write',
      ]) {
        const reply = await bearer(scene, '/transfers', scene.issuer.token({ scope }))
        refuses(reply, 403, 'insufficient_scope', 'Bearer error="insufficient_scope"')
      }
    },
  },
  {
    says: 'whoever asks without a token is told the scope to ask for',
    async run(scene) {
      const reply = await get(scene, '/transfers')
      refusesAsNobody(reply)
      assert.match(reply.header('www-authenticate') ?? '', /^Bearer scope="transfers:write"/)
    },
  },
  {
    says: 'one of the roles is enough, none is 403',
    async run(scene) {
      passes(await bearer(scene, '/teller', scene.issuer.token({ roles: ['administrator'] })))
      passes(await bearer(scene, '/teller', scene.issuer.token({ roles: ['customer', 'teller'] })))
      for (const roles of [[], ['customer'], ['Teller'], ['teller ']]) {
        const reply = await bearer(scene, '/teller', scene.issuer.token({ roles }))
        refuses(reply, 403, 'insufficient_role', 'Bearer error="insufficient_scope"')
      }
      refuses(
        await bearer(scene, '/teller', scene.issuer.token({ scope: 'teller' })),
        403,
        'insufficient_role',
        'Bearer error="insufficient_scope"',
      )
    },
  },
  {
    says: 'a requirement of alternatives is met by either',
    async run(scene) {
      passes(await bearer(scene, '/either', scene.issuer.token({ roles: ['teller'] })))
      passes(await bearer(scene, '/either', scene.issuer.token({ scope: 'accounts:all' })))
      assert.equal((await bearer(scene, '/either', scene.issuer.token())).status, 403)
    },
  },
]

const signIns: readonly Case[] = [
  {
    says: 'a sign-in that is too long ago is 401 and says how recent it must be',
    async run(scene) {
      const { now } = scene.clock
      passes(await bearer(scene, '/recent', scene.issuer.token({ authenticatedAt: now - 300 })))
      const reply = await bearer(scene, '/recent', scene.issuer.token({ authenticatedAt: now - 301 }))
      refuses(
        reply,
        401,
        'insufficient_user_authentication',
        'Bearer error="insufficient_user_authentication"',
      )
      assert.match(reply.header('www-authenticate') ?? '', /, max_age="300"/)
      offers(reply, 'max_age', 300)
    },
  },
  {
    says: 'a sign-in that grows old is noticed for a token seen before',
    async run(scene) {
      const token = scene.issuer.token({ expiresIn: 600, authenticatedAt: scene.clock.now - 200 })
      passes(await bearer(scene, '/recent', token))
      scene.clock.now += 101
      assert.equal((await bearer(scene, '/recent', token)).status, 401)
      passes(await bearer(scene, '/me', token))
    },
  },
  {
    says: 'a token that does not say when the user signed in is not recent',
    async run(scene) {
      const token = scene.issuer.token({ claims: { auth_time: undefined } })
      const reply = await bearer(scene, '/recent', token)
      refuses(
        reply,
        401,
        'insufficient_user_authentication',
        'Bearer error="insufficient_user_authentication"',
      )
    },
  },
  {
    says: 'a sign-in of the wrong class is 401 and names the class and the age together',
    async run(scene) {
      const strong = 'urn:test:two-factors'
      passes(await bearer(scene, '/strong', scene.issuer.token({ acr: strong })))
      const old = scene.clock.now - 1000
      const reply = await bearer(
        scene,
        '/strong',
        scene.issuer.token({ acr: 'urn:test:password', authenticatedAt: old }),
      )
      refuses(
        reply,
        401,
        'insufficient_user_authentication',
        'Bearer error="insufficient_user_authentication"',
      )
      assert.match(
        reply.header('www-authenticate') ?? '',
        /, acr_values="urn:test:two-factors", max_age="300"/,
      )
      offers(reply, 'acr_values', strong)
    },
  },
  {
    says: 'an optional address lets nobody in particular pass, but no bad token',
    async run(scene) {
      passes(await get(scene, '/optional'), null)
      passes(await bearer(scene, '/optional', scene.issuer.token()))
      refusesToken(await bearer(scene, '/optional', scene.issuer.token({ expiresIn: -60 })))
      assert.equal((await get(scene, '/optional', 'Bearer a b')).status, 400)
    },
  },
]

const decisions: readonly Case[] = [
  {
    says: 'the application decides about a resource, and its no is 403',
    async run(scene) {
      passes(await bearer(scene, '/accounts/mine', scene.issuer.token({ subject: 'usr_ada' })), 'usr_ada')
      const reply = await bearer(scene, '/accounts/mine', scene.issuer.token({ subject: 'usr_grace' }))
      refuses(reply, 403, 'forbidden', 'Bearer error="insufficient_scope"')
    },
  },
  {
    says: 'a hidden resource that is not allowed looks like one that does not exist',
    async run(scene) {
      const token = scene.issuer.token({ subject: 'usr_grace' })
      const denied = await bearer(scene, '/hidden/mine', token)
      refuses(denied, 404, 'not_found', null)
      const absent = await bearer(scene, '/hidden/none', token)
      assert.deepEqual([absent.status, absent.text], [404, denied.text])
      passes(await bearer(scene, '/hidden/mine', scene.issuer.token({ subject: 'usr_ada' })), 'usr_ada')
      refusesAsNobody(await get(scene, '/hidden/mine'))
    },
  },
  {
    says: 'a request that names no resource is not allowed',
    async run(scene) {
      const reply = await bearer(scene, '/accounts/none', scene.issuer.token())
      refuses(reply, 403, 'forbidden', 'Bearer error="insufficient_scope"')
    },
  },
  {
    says: 'a decision that fails is never a yes',
    async run(scene) {
      const token = scene.issuer.token({ subject: 'usr_ada' })
      for (const id of ['broken', 'rejected']) {
        const reply = await bearer(scene, `/accounts/${id}`, token)
        assert.equal(reply.status, 500)
        assert.equal(reply.body.principal, undefined)
      }
      const truthy = await bearer(scene, '/accounts/truthy', token)
      refuses(truthy, 403, 'forbidden', 'Bearer error="insufficient_scope"')
    },
  },
  {
    says: 'what requireAuth throws in a route is answered with its status and challenge',
    async run(scene) {
      const reply = await bearer(scene, '/late', scene.issuer.token())
      assert.equal(reply.status, 403)
      assert.match(reply.header('www-authenticate') ?? '', /^Bearer error="insufficient_scope"/)
      assert.equal(reply.header('cache-control'), 'no-store')
      const passed = await bearer(
        scene,
        '/late',
        scene.issuer.token({ subject: 'usr_tim', roles: ['teller'] }),
      )
      assert.equal(passed.status, 200)
      assert.equal(passed.body['subject'], 'usr_tim')
    },
  },
  {
    says: 'where auth() has not run there is nobody, even with a good token',
    async run(scene) {
      passes(await bearer(scene, '/open', scene.issuer.token()), null)
      const reply = await bearer(scene, '/forgotten', scene.issuer.token())
      assert.equal(reply.status, scene.quirks.knowsNoErrors ? 500 : 401)
    },
  },
]

export const permissionCases: readonly Case[] = [...rights, ...signIns, ...decisions]
