// Which tokens open a door at all: how they are sent (RFC 6750 §2), and every way in which they may be wrong.
import assert from 'node:assert/strict'
import { passes, refusesAsNobody, refusesRequest, refusesToken } from './suite-expectations.fixture.ts'
import {
  signedByAttacker,
  signedWithPublicKey,
  tampered,
  unsigned,
  withKeyAddressInHeader,
  withKeyInHeader,
  withKidOfIssuer,
} from './suite-forgeries.fixture.ts'
import { bearer, type Case, get } from './suite-scene.fixture.ts'

const sending: readonly Case[] = [
  {
    says: 'a good token opens the door, and the route learns who it is',
    async run(scene) {
      const token = scene.issuer.token({
        subject: 'usr_ada',
        scope: 'a b',
        roles: ['teller'],
        sessionId: 's1',
      })
      const reply = await bearer(scene, '/me', token)
      passes(reply, 'usr_ada')
      const { principal } = reply.body
      assert.deepEqual(principal?.scope, ['a', 'b'])
      assert.deepEqual(principal?.roles, ['teller'])
      assert.equal(principal?.clientId, 'test-client')
      assert.equal(principal?.sessionId, 's1')
      assert.equal(principal?.authenticatedAt, scene.clock.now)
    },
  },
  {
    says: 'without a token the answer is 401 and a challenge without an error',
    async run(scene) {
      refusesAsNobody(await get(scene, '/me'))
    },
  },
  {
    says: 'the name of the scheme may be written in any case',
    async run(scene) {
      const token = scene.issuer.token()
      for (const scheme of ['bearer', 'BEARER', 'bEaReR'])
        passes(await get(scene, '/me', `${scheme} ${token}`))
    },
  },
  {
    says: 'another scheme is no token',
    async run(scene) {
      refusesAsNobody(await get(scene, '/me', 'Basic dGVzdDp0ZXN0'))
      refusesAsNobody(await get(scene, '/me', `Token ${scene.issuer.token()}`))
    },
  },
  {
    says: 'a malformed Authorization header is 400',
    async run(scene) {
      const token = scene.issuer.token()
      for (const value of ['Bearer', 'Bearer a b', `Bearer "${token}"`, `Bearer ${token}, Bearer ${token}`]) {
        refusesRequest(await get(scene, '/me', value))
      }
    },
  },
  {
    says: 'two Authorization headers are 400, whatever is in them and in either order',
    async run(scene) {
      const good = `Bearer ${scene.issuer.token()}`
      for (const other of [good, 'Bearer x', 'Basic dGVzdDp0ZXN0']) {
        if (scene.quirks.hidesRepeatedHeaders) {
          // Then the first is all there is, for whoever reads the request.
          passes(await get(scene, '/me', good, other))
          if (other !== good) assert.equal((await get(scene, '/me', other, good)).status, 401)
          continue
        }
        refusesRequest(await get(scene, '/me', good, other))
        refusesRequest(await get(scene, '/me', other, good))
      }
    },
  },
  {
    says: 'a token in the query is not looked at',
    async run(scene) {
      refusesAsNobody(await get(scene, `/me?access_token=${scene.issuer.token()}`))
    },
  },
  {
    says: 'a token in the header and another in the query are 400',
    async run(scene) {
      const token = scene.issuer.token()
      refusesRequest(await get(scene, `/me?access_token=${token}`, `Bearer ${token}`))
    },
  },
  {
    says: 'an oversized token is refused',
    async run(scene) {
      refusesToken(await bearer(scene, '/me', 'a'.repeat(9000)))
      refusesToken(await bearer(scene, '/me', '.'.repeat(9000)))
      const [header, , signature] = scene.issuer.token().split('.')
      refusesToken(await bearer(scene, '/me', `${header}.${'a'.repeat(9000)}.${signature}`))
      // Nor is one ever made: the issuer for tests mints as the server does.
      assert.throws(() => scene.issuer.token({ claims: { padding: 'x'.repeat(7000) } }), RangeError)
    },
  },
]

const claims: readonly Case[] = [
  {
    says: 'a token for another API is refused',
    async run(scene) {
      for (const audience of ['http://api.test/v2', 'http://api.test/v1/', 'HTTP://api.test/v1']) {
        refusesToken(await bearer(scene, '/me', scene.issuer.token({ audience })))
      }
    },
  },
  {
    says: 'a token for this API and others is refused; a list of this API alone is not',
    async run(scene) {
      const { audience } = scene.issuer
      const aud = [audience, 'http://other.test']
      refusesToken(await bearer(scene, '/me', scene.issuer.token({ claims: { aud } })))
      passes(await bearer(scene, '/me', scene.issuer.token({ claims: { aud: [audience] } })))
    },
  },
  {
    says: 'a token of another issuer is refused',
    async run(scene) {
      const token = scene.issuer.token({ issuer: `${scene.issuer.issuer}/` })
      refusesToken(await bearer(scene, '/me', token))
    },
  },
  {
    says: 'a token that ended 16 seconds ago is refused, and again when it was seen before',
    async run(scene) {
      refusesToken(await bearer(scene, '/me', scene.issuer.token({ expiresIn: -16 })))
      const token = scene.issuer.token({ expiresIn: 60 })
      passes(await bearer(scene, '/me', token))
      scene.clock.now += 76
      refusesToken(await bearer(scene, '/me', token))
    },
  },
  {
    says: 'clocks may differ by 15 seconds',
    only: 'local',
    async run(scene) {
      passes(await bearer(scene, '/me', scene.issuer.token({ expiresIn: -14 })))
      refusesToken(await bearer(scene, '/me', scene.issuer.token({ expiresIn: -15 })))
      const issuedAt = scene.clock.now
      passes(await bearer(scene, '/me', scene.issuer.token({ issuedAt: issuedAt + 15 })))
      refusesToken(await bearer(scene, '/me', scene.issuer.token({ issuedAt: issuedAt + 16 })))
    },
  },
  {
    says: 'a token that begins later is refused',
    async run(scene) {
      refusesToken(await bearer(scene, '/me', scene.issuer.token({ claims: { nbf: scene.clock.now + 60 } })))
    },
  },
  {
    says: 'an ID token is no access token, not even with this API as its audience',
    async run(scene) {
      refusesToken(await bearer(scene, '/me', scene.issuer.idToken()))
      refusesToken(await bearer(scene, '/me', scene.issuer.idToken({ audience: scene.issuer.audience })))
    },
  },
  {
    says: 'a token bound to a key is refused as a bearer token',
    async run(scene) {
      refusesToken(await bearer(scene, '/me', scene.issuer.token({ claims: { cnf: { jkt: 'thumbprint' } } })))
    },
  },
]

const forgeries: readonly Case[] = [
  {
    says: 'an unsigned token is refused however it spells "none"',
    async run(scene) {
      for (const token of unsigned(scene.issuer)) refusesToken(await bearer(scene, '/me', token))
    },
  },
  {
    says: 'the public key is no HMAC secret, in any form',
    async run(scene) {
      for (const token of signedWithPublicKey(scene.issuer)) refusesToken(await bearer(scene, '/me', token))
    },
  },
  {
    says: 'a token cannot bring its own key',
    async run(scene) {
      refusesToken(await bearer(scene, '/me', withKeyInHeader(scene.issuer)))
    },
  },
  {
    says: 'a token cannot say where its key is',
    async run(scene) {
      const address = `${scene.url}/canary`
      refusesToken(await bearer(scene, '/me', withKeyAddressInHeader(scene.issuer, address)))
      assert.ok(!scene.network.asked.includes(address))
    },
  },
  {
    says: 'a token signed by somebody else is refused, under the issuer’s key name and under any other',
    async run(scene) {
      refusesToken(await bearer(scene, '/me', withKidOfIssuer(scene.issuer)))
      const kids = ['unknown', '__proto__', 'constructor', "' OR 1=1 --", '../../dev/null', 'k'.repeat(4000)]
      for (const kid of [...kids, undefined]) {
        refusesToken(await bearer(scene, '/me', signedByAttacker(scene.issuer, { kid })))
      }
    },
  },
  {
    says: 'a token whose claims were changed is refused, and one with a byte too many or too few',
    async run(scene) {
      const token = scene.issuer.token()
      passes(await bearer(scene, '/me', token))
      for (const wrong of [tampered(token), `${token}A`, token.slice(0, -1), `${token}=`, `${token}.`]) {
        refusesToken(await bearer(scene, '/me', wrong))
      }
    },
  },
]

export const tokenCases: readonly Case[] = [...sending, ...claims, ...forgeries]
