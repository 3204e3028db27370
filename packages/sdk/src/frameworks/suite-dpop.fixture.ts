// Tokens that are bound to a key (RFC 9449 §7): taken with a fitting proof, once, and never as bearer tokens. The
// application stands behind an address of its own, as behind a proxy: callers know it as `http://api.test`.
import assert from 'node:assert/strict'
import { type TestDpopKey, testDpopKey } from '../testing/index.ts'
import type { AuthOptions } from '../verify/guard.ts'
import { createVerifier, type VerifierOptions } from '../verify/index.ts'
import { offers, passes, refuses, refusesToken } from './suite-expectations.fixture.ts'
import type { Face, SuiteRoute } from './suite-routes.fixture.ts'
import { bearer, type Case, type Reply, type Scene, send } from './suite-scene.fixture.ts'

/** Further routes: one takes bound tokens alone, one asks for nonces. */
export function dpopRoutes<Request extends object>(
  base: AuthOptions<Request>,
  { getAuth }: Face<Request>,
  settings: VerifierOptions,
): readonly SuiteRoute<Request>[] {
  const answer: SuiteRoute<Request>['answer'] = (request, principal) => ({
    principal,
    isSame: getAuth(request) === principal,
  })
  const verifier = createVerifier({ ...settings, dpop: { nonces: true } })
  return [
    { path: '/bound', options: { ...base, dpop: 'required' }, answer },
    { path: '/nonced', options: { ...base, verifier }, answer },
  ]
}

interface Sent {
  readonly path?: string
  readonly method?: string
  readonly token?: string
  /** The address that the proof is for; that of the path unless told. */
  readonly url?: string
  readonly nonce?: string
  /** In place of the one proof. */
  readonly proofs?: readonly string[]
  readonly more?: readonly string[]
}

/** A client with a key of its own, and how it asks. */
async function clientOf(scene: Scene) {
  const key: TestDpopKey = await testDpopKey({ now: () => scene.clock.now })
  const token = scene.issuer.token({ boundTo: key.thumbprint, expiresIn: 900 })

  function proofFor(sent: Sent): string {
    const { path = '/me', method = 'GET', url = `http://api.test${path}`, nonce } = sent
    const proof = { method, url, token: sent.token ?? token }
    return key.proof(nonce === undefined ? proof : { ...proof, nonce })
  }

  function ask(sent: Sent = {}): Promise<Reply> {
    const { path = '/me', method = 'GET', proofs = [proofFor(sent)], more = [] } = sent
    const headers = [...proofs.flatMap((proof) => ['DPoP', proof]), ...more]
    return send(scene, path, [`DPoP ${sent.token ?? token}`], {
      method,
      more: headers,
      body: method === 'POST' ? 'x' : '',
    })
  }

  return { key, token, proofFor, ask }
}

function refusesProof(reply: Reply): void {
  refuses(reply, 401, 'invalid_dpop_proof', 'DPoP error="invalid_dpop_proof"')
  assert.match(reply.header('www-authenticate') ?? '', /, algs="ES256 [^"]+", Bearer$/)
}

function refusesBoundToken(reply: Reply): void {
  refuses(reply, 401, 'invalid_token', 'DPoP error="invalid_token"')
}

const binding: readonly Case[] = [
  {
    says: 'a token bound to a key opens the door with a proof of the key, for any method and query',
    async run(scene) {
      const { ask } = await clientOf(scene)
      passes(await ask())
      passes(await ask({ path: '/me?page=2', url: 'http://api.test/me' }))
      passes(await ask({ method: 'POST' }))
      passes(await ask({ path: '/bound' }))
      passes(await ask({ path: '/optional' }))
      const head = await ask({ method: 'HEAD' })
      assert.equal(head.status, 200)
    },
  },
  {
    says: 'a bound token is never a bearer token, with or without a proof beside it',
    async run(scene) {
      const { token, proofFor } = await clientOf(scene)
      refusesToken(await bearer(scene, '/me', token))
      refusesToken(await bearer(scene, '/optional', token))
      refusesToken(await send(scene, '/me', [`Bearer ${token}`], { more: ['DPoP', proofFor({})] }))
    },
  },
  {
    says: 'a token that is not bound is none under the scheme for bound ones',
    async run(scene) {
      const { ask } = await clientOf(scene)
      refusesBoundToken(await ask({ token: scene.issuer.token() }))
    },
  },
  {
    says: 'where only bound tokens are taken, a bearer token is refused and the challenge says why',
    async run(scene) {
      const reply = await bearer(scene, '/bound', scene.issuer.token())
      refusesBoundToken(reply)
      assert.doesNotMatch(reply.header('www-authenticate') ?? '', /Bearer/)
      const nobody = await send(scene, '/bound', [])
      assert.match(nobody.header('www-authenticate') ?? '', /^DPoP algs="ES256 [^"]+"$/)
    },
  },
  {
    says: 'somebody else’s proof is of no use',
    async run(scene) {
      const [owner, thief] = await Promise.all([clientOf(scene), clientOf(scene)])
      const proof = thief.proofFor({ token: owner.token })
      refusesBoundToken(await owner.ask({ proofs: [proof] }))
    },
  },
]

const proofs: readonly Case[] = [
  {
    says: 'a proof is needed, and only one',
    async run(scene) {
      const { ask, proofFor } = await clientOf(scene)
      refusesProof(await ask({ proofs: [] }))
      refusesProof(await ask({ proofs: [proofFor({}), proofFor({})] }))
      refusesProof(await ask({ proofs: [`${proofFor({})}, ${proofFor({})}`] }))
      refusesProof(await ask({ proofs: ['x'] }))
    },
  },
  {
    says: 'a proof is for one method, one address and one token, whatever a proxy’s headers say',
    async run(scene) {
      const { ask, key, proofFor } = await clientOf(scene)
      refusesProof(await ask({ proofs: [proofFor({ method: 'POST' })] }))
      refusesProof(await ask({ url: 'http://api.test/transfers' }))
      refusesProof(await ask({ url: 'https://api.test/me' }))
      refusesProof(await ask({ url: `${scene.url}/me` }))
      const forwarded = [
        'x-forwarded-host',
        'evil.test',
        'x-forwarded-proto',
        'http',
        'forwarded',
        'host=evil.test',
      ]
      refusesProof(await ask({ url: 'http://evil.test/me', more: forwarded }))
      const other = scene.issuer.token({ boundTo: key.thumbprint })
      refusesProof(await ask({ proofs: [proofFor({ token: other })] }))
    },
  },
  {
    says: 'a proof is good once, also when it comes many times at once',
    async run(scene) {
      const { ask, proofFor } = await clientOf(scene)
      const raced = [proofFor({})]
      const replies = await Promise.all(Array.from({ length: 12 }, () => ask({ proofs: raced })))
      assert.equal(replies.filter(({ status }) => status === 200).length, 1)
      refusesProof(await ask({ proofs: raced }))
    },
  },
  {
    says: 'a proof of a minute ago is refused',
    async run(scene) {
      const { ask, proofFor } = await clientOf(scene)
      const old = [proofFor({})]
      scene.clock.now += 60
      refusesProof(await ask({ proofs: old }))
    },
  },
  {
    says: 'what a bound token lacks is said under its own scheme',
    async run(scene) {
      const { ask } = await clientOf(scene)
      const reply = await ask({ path: '/transfers' })
      refuses(reply, 403, 'insufficient_scope', 'DPoP error="insufficient_scope"')
      offers(reply, 'scope', 'transfers:write')
      const late = await ask({ path: '/late' })
      assert.equal(late.status, 403)
      assert.match(late.header('www-authenticate') ?? '', /^DPoP error="insufficient_scope"/)
    },
  },
  {
    says: 'where nonces are asked for, the refusal brings one, and an answer brings the next',
    async run(scene) {
      const { ask } = await clientOf(scene)
      const first = await ask({ path: '/nonced' })
      refuses(first, 401, 'use_dpop_nonce', 'DPoP error="use_dpop_nonce"')
      const nonce = first.header('dpop-nonce') ?? ''
      const passed = await ask({ path: '/nonced', nonce })
      passes(passed)
      assert.equal(passed.header('dpop-nonce'), null)
      scene.clock.now += 120
      const later = await ask({ path: '/nonced', nonce })
      passes(later)
      const next = later.header('dpop-nonce') ?? ''
      assert.notEqual(next, nonce)
      passes(await ask({ path: '/nonced', nonce: next }))
      scene.clock.now += 120
      refuses(await ask({ path: '/nonced', nonce }), 401, 'use_dpop_nonce', 'DPoP error="use_dpop_nonce"')
    },
  },
]

export const dpopCases: readonly Case[] = [...binding, ...proofs]
