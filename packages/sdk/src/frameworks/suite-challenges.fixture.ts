// What a refusal says, word for word: the challenges of RFC 6750 §3, RFC 9470 §3 and RFC 9728 §5.1 are the same whichever
// framework answers, and whether `auth()` refuses or a route does later, by requireAuth().
import assert from 'node:assert/strict'
import { bearerChallenge, passes, refuses } from './suite-expectations.fixture.ts'
import { bearer, type Case, get, type Reply, type Scene, send } from './suite-scene.fixture.ts'

const stepUp =
  'Bearer error="insufficient_user_authentication", error_description="A more recent or stronger sign-in is needed."'
const forbidden = 'Bearer error="insufficient_scope", error_description="This is not allowed."'
const invalid =
  'Bearer error="invalid_token", error_description="The access token is expired, revoked, malformed or not for this API."'
const described = 'resource_metadata="http://api.test/.well-known/oauth-protected-resource/v1"'
const hardware = 'urn:test:hardware'

/** An answer to what a route threw: frameworks have words of their own for it, the rest is ours. */
function throws(reply: Reply, status: number, challenge: string | null): void {
  assert.equal(reply.status, status, reply.text)
  assert.equal(bearerChallenge(reply), challenge)
  assert.equal(reply.header('cache-control'), 'no-store')
}

function agedToken({ issuer, clock }: Scene, seconds: number): string {
  return issuer.token({ authenticatedAt: clock.now - seconds })
}

const words: readonly Case[] = [
  {
    says: 'every challenge is the same, word for word',
    async run(scene) {
      const { issuer } = scene
      const old = agedToken(scene, 301)
      const said: readonly [path: string, token: string | null, challenge: string | null][] = [
        ['/me', null, 'Bearer'],
        ['/transfers', null, 'Bearer scope="transfers:write"'],
        ['/described', null, `Bearer ${described}`],
        ['/me', 'wrong', invalid],
        ['/described', 'wrong', `${invalid}, ${described}`],
        ['/accounts/none', issuer.token(), forbidden],
        ['/hidden/none', issuer.token(), null],
        ['/recent', old, `${stepUp}, max_age="300"`],
        ['/sure', issuer.token(), `${stepUp}, acr_values="${hardware} urn:test:two-factors"`],
        ['/strong', old, `${stepUp}, acr_values="urn:test:two-factors", max_age="300"`],
      ]
      for (const [path, token, challenge] of said) {
        const reply = token === null ? await get(scene, path) : await bearer(scene, path, token)
        assert.equal(bearerChallenge(reply), challenge, path)
      }
    },
  },
  {
    says: 'HEAD and OPTIONS are protected as GET is',
    async run(scene) {
      const token = scene.issuer.token()
      for (const method of ['HEAD', 'OPTIONS']) {
        const refused = await send(scene, '/transfers', [], { method })
        assert.equal(refused.status, 401)
        assert.equal(bearerChallenge(refused), 'Bearer scope="transfers:write"')
        const lacking = await send(scene, '/transfers', [`Bearer ${token}`], { method })
        assert.equal(lacking.status, 403)
        const passed = await send(scene, '/me', [`Bearer ${token}`], { method })
        assert.equal(passed.status, 200)
        if (method === 'HEAD') assert.deepEqual([refused.text, lacking.text, passed.text], ['', '', ''])
        else passes(passed)
      }
    },
  },
  {
    says: 'a sign-in of any of the accepted classes is enough, whatever its age',
    async run(scene) {
      for (const acr of [hardware, 'urn:test:two-factors']) {
        passes(await bearer(scene, '/sure', scene.issuer.token({ acr, authenticatedAt: 1 })))
      }
      for (const acr of [undefined, 'urn:test:password', `${hardware} urn:test:two-factors`]) {
        const token = scene.issuer.token(acr === undefined ? {} : { acr })
        refuses(await bearer(scene, '/sure', token), 401, 'insufficient_user_authentication', stepUp)
      }
    },
  },
]

const late: readonly Case[] = [
  {
    says: 'a route asks for a newer sign-in, and its challenge says so and where the metadata is',
    async run(scene) {
      assert.equal((await bearer(scene, '/late-recent', agedToken(scene, 300))).status, 200)
      const reply = await bearer(scene, '/late-recent', agedToken(scene, 301))
      throws(reply, 401, `${stepUp}, max_age="300", ${described}`)
    },
  },
  {
    says: 'a route refuses nobody in particular, and names the scope to come back with',
    async run(scene) {
      throws(await get(scene, '/late-scope'), 401, 'Bearer scope="transfers:write"')
      const lacking = await bearer(scene, '/late-scope', scene.issuer.token())
      assert.match(
        bearerChallenge(lacking) ?? '',
        /^Bearer error="insufficient_scope", .*, scope="transfers:write"$/,
      )
      throws(lacking, 403, bearerChallenge(lacking))
      const token = scene.issuer.token({ scope: 'transfers:write' })
      assert.equal((await bearer(scene, '/late-scope', token)).status, 200)
    },
  },
  {
    says: 'a route that hides itself is not found',
    async run(scene) {
      throws(await bearer(scene, '/late-hidden', scene.issuer.token()), 404, null)
      const token = scene.issuer.token({ roles: ['teller'] })
      assert.equal((await bearer(scene, '/late-hidden', token)).status, 200)
    },
  },
]

export const challengeCases: readonly Case[] = [...words, ...late]
