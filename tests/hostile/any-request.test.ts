// Anything at all, at every address that the server has: no answer may be the server's fault, show its inside, lead
// elsewhere or come late.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { cookieOf } from '../faults/journal.ts'
import { get, tokensFor } from '../harness/wire.ts'
import { anyAuthorization, anyRequest, type Loot } from './any-request.ts'
import { mark } from './corpora.ts'
import { mischief } from './markup.ts'
import { formTokenOf, formType, judge, openTarget, send, type Target } from './target.ts'

describe('anything at all', () => {
  let target: Target
  let loot: Loot
  before(async () => {
    target = await openTarget(2)
    const people = [await target.signedIn(0), await target.signedIn(1)]
    const [first] = people
    ok(first)
    const { access, refresh } = await tokensFor(target.origin, first)
    const pages = await Promise.all(people.map((person) => person.open(`${target.origin}/account`)))
    loot = {
      tokens: [access, refresh],
      browsers: people.map((person, at) => ({ cookie: cookieOf(person), formToken: formTokenOf(pages[at]) })),
    }
  })
  after(() => target[Symbol.asyncDispose]())

  test('in any request to any route is answered soon, as the sender’s own doing, without a word of our inside [HT-14 HT-15 HT-18 TK-16 PM-10 C6 C23]', async () => {
    const statuses = new Map<number, number>()
    const property = fc.asyncProperty(anyRequest(target, loot), async (sent) => {
      const heard = await send(target.port, sent)
      judge(heard)
      const isPage = heard.headers.get('content-type')?.[0]?.startsWith('text/html') === true
      if (isPage) deepEqual(mischief(heard.body), [])
      else ok(!heard.body.includes(mark), 'an echo')
      statuses.set(heard.status, (statuses.get(heard.status) ?? 0) + 1)
    })
    // Chance that only ever meets the first check proves little, and once in a while it does so for long.
    const rare = () => [200, 303, 400, 401, 403].filter((status) => (statuses.get(status) ?? 0) <= 3)
    await fc.assert(property, { numRuns: 1500 })
    for (let more = 0; more < 5 && rare().length > 0; more++) await fc.assert(property, { numRuns: 500 })
    deepEqual(rare(), [], 'hardly any')
  })

  test('in an authorization request leads to a page of ours or to the client, and nowhere else [AZ-02 C5 C6]', async () => {
    await fc.assert(
      fc.asyncProperty(anyAuthorization, fc.boolean(), async (query, isPost) => {
        const cookie = ['Cookie', loot.browsers[0]?.cookie ?? ''] as const
        const sent = isPost
          ? { method: 'POST', target: '/oauth/authorize', headers: [cookie, formType], body: query }
          : { target: `/oauth/authorize?${query}`, headers: [cookie] }
        judge(await send(target.port, sent))
      }),
      { numRuns: 200 },
    )
  })

  test('of that has harmed the server, or is in its log where secrets are [C32 HT-14]', async () => {
    equal((await get(`${target.origin}/readyz`)).status, 200)
    const { child } = target.running
    const written = child.stdout() + child.stderr()
    ok(written.includes('A request was refused.'), 'the log says what it refuses')
    const cookies = loot.browsers.flatMap(({ cookie }) =>
      cookie.split('; ').map((pair) => pair.slice(pair.indexOf('=') + 1)),
    )
    const formTokens = loot.browsers.map(({ formToken }) => formToken)
    for (const secret of [...loot.tokens, ...cookies, ...formTokens]) equal(written.includes(secret), false)
    const complaint = written.split('\n').find((line) => /"level":"(?:error|fatal)"/.test(line))
    equal(complaint, undefined)
  })
})
