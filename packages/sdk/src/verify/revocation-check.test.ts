import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import {
  createVerifier,
  type FeedEvent,
  UnauthenticatedError,
  UnavailableError,
  type Verifier,
} from './index.ts'
import { channel, type FeedIssuer, feedIssuer, revocation, seconds, until } from './revocation.fixture.ts'
import type { VerifierOptions } from './settings.ts'

const open: Verifier[] = []
after(() => {
  for (const verifier of open) verifier.close()
})

function verifierAt(issuer: FeedIssuer, options: VerifierOptions = {}): Verifier {
  const verifier = createVerifier({ ...issuer.options, ...options })
  open.push(verifier)
  return verifier
}

const isRefused = async (verifier: Verifier, token: string): Promise<boolean> => {
  const verification = await verifier.check(token)
  return verification.ok === false && verification.code === 'invalid_token'
}

test('a token passes without a question to the issuer, and not once its session is told to have ended', async () => {
  const issuer = await feedIssuer()
  const feed = channel(issuer.batch())
  issuer.answer = () => feed.response
  const verifier = verifierAt(issuer)
  const token = issuer.token()
  const began = performance.now()
  assert.equal(verifier.staleness(), null)
  assert.equal((await verifier.verify(token)).subject, 'usr_ada')
  assert.ok((verifier.staleness() ?? Number.NaN) <= (performance.now() - began) / 1000)
  const known = verifier.check(token)
  assert.ok(!(known instanceof Promise), 'answers at once')
  const asOf = seconds()
  feed.send(issuer.batch({ since: asOf - 5, revocations: [revocation('session', 'ses_1')] }))
  await until('the token is refused', () => isRefused(verifier, token), 1000)
  await assert.rejects(verifier.verify(token), UnauthenticatedError)
  assert.equal(
    (await verifier.verify(issuer.token({ sid: 'ses_2', fam: 'fam_2', jti: '2' }))).subject,
    'usr_ada',
  )
  assert.equal(issuer.introspections(), 0)
})

test('nobody is connected before the first check', async () => {
  const issuer = await feedIssuer()
  verifierAt(issuer)
  await new Promise((resume) => setImmediate(resume))
  assert.deepEqual(issuer.asked, [])
})

test('the first check waits until everything is known', async () => {
  const issuer = await feedIssuer()
  const feed = channel()
  issuer.answer = () => feed.response
  const verifier = verifierAt(issuer)
  const checking = verifier.check(issuer.token())
  await until('the feed is asked', () => issuer.asked.some(({ path }) => path === '/oauth/revocations'))
  feed.send(issuer.batch({ part: 1, of: 2, revocations: [revocation('family', 'fam_1')] }))
  feed.send(issuer.batch({ part: 2, of: 2 }))
  assert.equal((await checking).ok, false)
  assert.equal(issuer.introspections(), 0)
})

test('what is known is too old: the issuer is asked about each token, or nobody passes', async () => {
  for (const whenStale of ['introspect', 'refuse'] as const) {
    const issuer = await feedIssuer()
    issuer.answer = () => new Response(null, { status: 503, headers: { 'retry-after': '60' } })
    const verifier = verifierAt(issuer, { whenStale })
    const token = issuer.token()
    if (whenStale === 'refuse') {
      await assert.rejects(verifier.verify(token), UnavailableError)
      assert.equal(issuer.introspections(), 0)
    } else {
      assert.equal((await verifier.verify(token)).subject, 'usr_asked')
      assert.equal((await verifier.verify(token)).subject, 'usr_asked')
      issuer.active = false
      await assert.rejects(verifier.verify(token), UnauthenticatedError)
      assert.equal(issuer.introspections(), 3)
    }
    assert.equal(verifier.staleness(), null)
  }
})

test('a silent connection grows old: then nobody passes, until the issuer speaks again', async () => {
  const issuer = await feedIssuer()
  issuer.answer = (request) => {
    const isPoll = request.headers.get('accept') === 'application/json'
    return isPoll ? new Response(null, { status: 503 }) : channel(issuer.batch()).response
  }
  const verifier = verifierAt(issuer, { whenStale: 'refuse', maxStaleness: 2 })
  const token = issuer.token()
  await verifier.verify(token)
  issuer.answer = () => new Promise<Response>(() => {})
  await until('it is too old', async () => (await verifier.check(token)).ok === false, 4000)
  assert.ok((verifier.staleness() ?? 0) > 2)
  issuer.answer = () => channel(issuer.batch({ since: seconds() - 60 })).response
  await until('it passes again', async () => (await verifier.check(token)).ok === true, 8000)
})

test('a cut connection is made again from where it was', async () => {
  const issuer = await feedIssuer()
  const events: FeedEvent[] = []
  const asOf = seconds()
  const feeds = [channel(issuer.batch({ asOf })), channel()]
  issuer.answer = () => (feeds.shift() ?? channel()).response
  const [first, second] = feeds
  const verifier = verifierAt(issuer, { onFeed: (event) => events.push(event) })
  const token = issuer.token()
  await verifier.verify(token)
  first?.cut()
  const asking = () => issuer.asked.filter(({ path }) => path === '/oauth/revocations')
  await until('it comes again', () => asking().length === 2)
  assert.equal(asking()[0]?.headers.get('last-event-id'), null)
  assert.equal(asking()[1]?.headers.get('last-event-id'), String(asOf))
  second?.send(issuer.batch({ since: asOf, revocations: [revocation('token', 'token-1')] }))
  await until('the token is refused', () => isRefused(verifier, token))
  const types = events.map(({ type }) => type)
  assert.deepEqual(types.slice(0, 3), ['told', 'connected', 'cut'])
})

test('a batch that is not the issuer’s ends all trust at once, until everything is told anew', async () => {
  const issuer = await feedIssuer()
  const [forged, whole] = [channel(issuer.batch()), channel()]
  const feeds = [forged, whole]
  issuer.answer = () => (feeds.shift() ?? channel()).response
  const verifier = verifierAt(issuer, { whenStale: 'refuse' })
  const token = issuer.token()
  await verifier.verify(token)
  forged.send(issuer.batch({ since: seconds() - 5 }, { aud: 'https://other.test' }))
  await until('nobody passes', async () => (await verifier.check(token)).ok === false)
  assert.equal(verifier.staleness(), null)
  const asking = () => issuer.asked.filter(({ path }) => path === '/oauth/revocations')
  await until('it comes again', () => asking().length === 2)
  assert.equal(asking()[1]?.headers.get('last-event-id'), null, 'everything is asked for')
  whole.send(issuer.batch())
  await until('it passes again', async () => (await verifier.check(token)).ok === true)
  await until('the forger is left', () => forged.isCancelled())
})

test('where events are held back, polls take their place', async () => {
  const issuer = await feedIssuer()
  const events: FeedEvent[] = []
  let news: readonly string[] = []
  issuer.answer = async (request) => {
    if (request.headers.get('accept') === 'text/event-stream') return channel().response
    const after = new URL(request.url).searchParams.get('after')
    if (after === null) return Response.json({ batches: [issuer.batch()], next: '1' })
    await until('there is news', () => news.length > 0, 1000).catch(() => undefined)
    return Response.json({ batches: [...news, issuer.batch({ since: Number(after) })], next: '1' })
  }
  const verifier = verifierAt(issuer, { maxStaleness: 6, onFeed: (event) => events.push(event) })
  const token = issuer.token()
  assert.equal((await verifier.verify(token)).subject, 'usr_asked', 'nothing is known at first')
  await until('polls tell', async () => (await verifier.verify(token)).subject === 'usr_ada')
  assert.ok(events.some((event) => event.type === 'connected' && event.transport === 'polling'))
  news = [issuer.batch({ since: seconds() - 60, revocations: [revocation('user', 'usr_ada')] })]
  await until('the token is refused', () => isRefused(verifier, token), 1500)
})

test('a withdrawn key verifies nothing any more, neither tokens seen before nor batches', async () => {
  const issuer = await feedIssuer()
  const feed = channel(issuer.batch({}, {}, issuer.keys[1]))
  issuer.answer = () => feed.response
  const verifier = verifierAt(issuer, { whenStale: 'refuse' })
  const [old, young] = [issuer.token(), issuer.token({}, issuer.keys[1])]
  await verifier.verify(old)
  await verifier.verify(young)
  const since = seconds() - 5
  feed.send(issuer.batch({ since, revocations: [revocation('key', 'one')] }, {}, issuer.keys[1]))
  await until('the old token is refused', () => isRefused(verifier, old))
  await verifier.verify(young)
  feed.send(issuer.batch({ since }, {}, issuer.keys[0]))
  await until('nobody passes', async () => (await verifier.check(young)).ok === false)
})

test('credentials of none or not of an API are told to the application, and not tried again at once', async () => {
  const answers = [
    [401, "the issuer refuses this API's clientId and clientSecret"],
    [400, 'the issuer knows this client, but as none of an API'],
  ] as const
  await Promise.all(answers.map(([status, detail]) => isToldOnce(status, detail)))
})

async function isToldOnce(status: number, detail: string): Promise<void> {
  const issuer = await feedIssuer()
  const events: FeedEvent[] = []
  issuer.answer = () => Response.json({ error: 'no' }, { status })
  const verifier = verifierAt(issuer, { whenStale: 'refuse', onFeed: (event) => events.push(event) })
  await assert.rejects(verifier.verify(issuer.token()), UnavailableError)
  assert.deepEqual(events, [{ type: 'cut', detail }])
  await new Promise((resume) => setTimeout(resume, 300))
  assert.equal(issuer.asked.filter(({ path }) => path === '/oauth/revocations').length, 1)
}

test('an opaque token is put before the issuer, for nothing in it can be looked up', async () => {
  const issuer = await feedIssuer()
  issuer.answer = () => channel(issuer.batch()).response
  const verifier = verifierAt(issuer)
  assert.equal((await verifier.verify('an-opaque-token-of-somebody')).subject, 'usr_asked')
})

test('a closed verifier hangs up, and takes nothing for fresh', async () => {
  const issuer = await feedIssuer()
  const feed = channel(issuer.batch())
  issuer.answer = () => feed.response
  const verifier = verifierAt(issuer, { whenStale: 'refuse' })
  const token = issuer.token()
  await verifier.verify(token)
  verifier.close()
  await assert.rejects(verifier.verify(token), UnavailableError)
  assert.equal(verifier.staleness(), null)
  await until('the connection is ended', () => feed.isCancelled())
  const never = verifierAt(issuer, { whenStale: 'refuse' })
  never.close()
  await assert.rejects(never.verify(token), UnavailableError)
})

test('modes without a feed say how current they are', async () => {
  const issuer = await feedIssuer()
  assert.equal(verifierAt(issuer, { mode: 'local' }).staleness(), null)
  assert.equal(verifierAt(issuer, { mode: 'database' }).staleness(), 0)
})
