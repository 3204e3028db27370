// The packages on runtimes other than Node: the token core over their Web Crypto and over what they have of Node, and an
// API that is guarded by `@countersign/sdk/fetch`, on Bun, Deno and workerd, which is what Cloudflare Workers run on.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { testDpopKey, testEncryptionKey } from '../../packages/sdk/src/testing/index.ts'
import { eventually } from '../harness/relying-party.ts'
import { checkMade, givenByNode, type Made } from '../harness/web-walk-check.ts'
import { type AskedIssuer, askedIssuer } from './issuer.ts'
import { runtimeProgram } from './runtimes.ts'
import { runs, type Started, startOn } from './started.ts'

const walk = fileURLToPath(
  new URL('../../packages/protocol/src/jose/web-walk-program.fixture.ts', import.meta.url),
)
const audience = 'https://api.test'

for (const name of ['bun', 'deno', 'workerd'] as const) {
  const found = await runtimeProgram(name)
  const program = 'program' in found ? found.program : ''
  const skip = found.skipped ?? false

  describe(`On ${name}`, { skip }, () => {
    if (name === 'workerd') {
      test('the token core does all that it does, over Web Crypto alone', async () => {
        const made = await send('/walk', { method: 'POST', body: await givenByNode() })
        await checkMade((await made.json()) as Made)
      })
    } else {
      for (const [platform, options, atOnce] of [
        ['node', [], 'none'],
        ['web', ['--conditions=@countersign/web'], 'KeyError unsupported'],
      ] as const) {
        test(`the token core does all that it does, over ${platform === 'node' ? 'what there is of Node' : 'Web Crypto alone'}`, async () => {
          const args = [...runs[name], ...options, walk, await givenByNode(), platform]
          const { stdout } = await promisify(execFile)(program, args)
          const made: Made = JSON.parse(stdout)
          await checkMade(made)
          assert.equal(made.refusals['atOnce'], atOnce)
        })
      }
    }

    let issuer: AskedIssuer
    let start: () => Promise<Started>
    let started: Started
    const clock = { now: () => Math.floor(Date.now() / 1000) }
    const decryption = testEncryptionKey()
    before(async () => {
      issuer = await askedIssuer()
      const { clientId, clientSecret } = issuer.issuer.options
      const decryptionKey = (await decryption).privateJwk
      const place = { issuer: issuer.issuer.issuer, audience, clientId, clientSecret, decryptionKey }
      // Soon too old where that is what happens; elsewhere not, however long this machine takes to tell.
      const settings = { ...place, maxStaleness: name === 'workerd' ? 2 : 60 }
      start = () => startOn(name, program, settings)
      started = await start()
    })
    after(async () => {
      await started?.[Symbol.asyncDispose]()
      await issuer?.[Symbol.asyncDispose]()
    })

    function send(path: string, init?: RequestInit): Promise<Response> {
      return fetch(`${started.origin}${path}`, init)
    }
    const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
    const good = { scope: 'accounts:read', subject: 'usr_ada' }

    test('requests that come at once are all let in, and the keys are asked for once', async () => {
      const tokens = Array.from({ length: 20 }, () => issuer.issuer.token(good))
      const answers = await Promise.all(tokens.map((token) => send('/local', bearer(token))))
      for (const answer of answers) {
        assert.equal(answer.status, 200)
        assert.deepEqual(await answer.json(), { subject: 'usr_ada' })
      }
      assert.equal(issuer.asked('/oauth/jwks'), 1)
    })

    test('whoever leaves while the keys are asked for leaves the next no worse off', async () => {
      await using another = await start()
      const [before, leaving] = [issuer.asked('/oauth/jwks'), new AbortController()]
      const letGo = issuer.hold('/oauth/jwks')
      const init = bearer(issuer.issuer.token(good))
      const left = fetch(`${another.origin}/local`, { ...init, signal: leaving.signal })
      while (issuer.asked('/oauth/jwks') === before) await new Promise(setImmediate)
      leaving.abort()
      await assert.rejects(left, { name: 'AbortError' })
      letGo()
      for (let times = 0; times < 3; times++) {
        assert.equal((await fetch(`${another.origin}/local`, init)).status, 200)
      }
    })

    test('whoever brings nothing, too little or what has ended is told so', async () => {
      const none = await send('/local')
      assert.equal(none.status, 401)
      assert.match(none.headers.get('www-authenticate') ?? '', /^Bearer\b/)
      assert.equal((await send('/local', bearer(issuer.issuer.token()))).status, 403)
      const ended = await send('/local', bearer(issuer.issuer.token({ ...good, expiresIn: -60 })))
      assert.equal(ended.status, 401)
      assert.match(ended.headers.get('www-authenticate') ?? '', /error="invalid_token"/)
    })

    test('an encrypted token is opened', async () => {
      const token = await issuer.issuer.encryptedToken((await decryption).publicJwk, good)
      assert.equal((await send('/local', bearer(token))).status, 200)
    })

    test('a token that is bound to a key needs a proof, and a proof is good once', async () => {
      const key = await testDpopKey(clock)
      const token = issuer.issuer.token({ ...good, boundTo: key.thumbprint })
      const headers = key.headers({ url: `${audience}/local`, token })
      assert.equal((await send('/local', { headers })).status, 200)
      assert.equal((await send('/local', { headers })).status, 401)
      assert.equal((await send('/local', bearer(token))).status, 401)
    })

    test('in mode database a revoked token is refused at once', async () => {
      const token = issuer.issuer.token(good)
      assert.equal((await send('/database', bearer(token))).status, 200)
      issuer.issuer.revoke(token)
      assert.equal((await send('/database', bearer(token))).status, 401)
    })

    // A Worker's connections end with the request that made them: there, what is known is soon too old, and the issuer asked.
    const how = name === 'workerd' ? 'as soon as what is known is too old' : 'by the feed, without a question'
    test(`in mode revocable a revoked token is refused ${how}`, async () => {
      const token = issuer.issuer.token(good)
      const passes = async () => (await send('/revocable', bearer(token))).status === 200
      const questions = () => issuer.asked('/oauth/introspect')
      const passesUnasked = async () => {
        const before = questions()
        assert.ok(await passes())
        return questions() === before
      }
      if (name === 'workerd') assert.ok(await passes())
      else await eventually(passesUnasked, 'the feed has told all')
      const before = questions()
      issuer.issuer.revoke(token)
      await eventually(async () => !(await passes()), 'it is refused')
      assert.equal((await send('/revocable', bearer(token))).status, 401)
      if (name !== 'workerd') assert.equal(questions(), before)
    })
  })
}
