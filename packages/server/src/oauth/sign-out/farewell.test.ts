import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Answer, Visitor } from '../../platform/house.ts'
import { disableClient } from '../clients/clients.store.ts'
import { grace, type OAuthHouse, openOAuthHouse } from '../house.ts'
import { paths } from '../paths.ts'
import { into, listener } from './sign-out.fixture.ts'

const front = (id: string, sessionRequired: boolean, path = '/leave') => ({
  frontChannel: { uri: `https://${id}.example${path}`, sessionRequired },
})

describe('Telling clients through the browser', () => {
  let house: OAuthHouse
  before(async () => {
    house = await openOAuthHouse()
    const more = { postLogoutRedirectUris: ['https://one.example/bye?x=1'] }
    await listener(house, 'one', front('one', true, '/leave?from=here'), more)
    await listener(house, 'two', front('two', false))
    await listener(house, 'three', front('three', true))
  })
  after(() => house.close())

  /** A browser that signs out of `one`, which it used with `others`. */
  const leave = async (
    others: readonly string[] = [],
    wire: Record<string, string> = {},
  ): Promise<{ browser: Visitor; sid: string; gone: Answer }> => {
    const browser = await house.signedIn()
    const { sid, tokens } = await into(house, 'one', { browser })
    for (const other of others) await into(house, other, { browser })
    const query = new URLSearchParams({ id_token_hint: String(tokens['id_token']), ...wire })
    return { browser, sid, gone: await browser.visit(`${paths.logout}?${query}`) }
  }
  const bye = { post_logout_redirect_uri: 'https://one.example/bye?x=1', state: 'a"b' }
  const framesIn = (page: Answer): string[] =>
    [...page.body.matchAll(/<iframe[^>]* src="([^"]*)"/g)].map(([, src = '']) => src.replaceAll('&amp;', '&'))

  test('every client of this session is loaded in a frame, by name of issuer and session where it wants that, and nothing else may be', async () => {
    const { browser, sid, gone } = await leave(['two'], bye)
    assert.match(gone.location ?? '', /^\/oauth\/signed-out\?sealed=/)
    assert.ok(!(gone.location ?? '').includes(sid))
    const page = await browser.visit(gone.location ?? '')
    assert.equal(page.status, 200)
    const named = new URLSearchParams({ iss: house.issuer.url, sid })
    assert.deepEqual(framesIn(page).toSorted(), [
      `https://one.example/leave?from=here&${named}`,
      'https://two.example/leave',
    ])
    const policy = page.header('content-security-policy') ?? ''
    const [, sources = ''] = /frame-src ([^;]*);/.exec(policy) ?? []
    assert.deepEqual(sources.split(' ').toSorted(), ['https://one.example', 'https://two.example'])
    assert.match(policy, /frame-ancestors 'none'/)
  })

  test('it goes on to where the client wanted, by header, by button and by script, and no further', async () => {
    const { browser, gone } = await leave([], bye)
    const page = await browser.visit(gone.location ?? '')
    const onwards = 'https://one.example/bye?x=1&state=a%22b'
    assert.equal(page.header('refresh'), `2; url=${onwards}`)
    assert.match(
      page.body,
      new RegExp(
        `class="button main" href="${onwards.replace(/[?&]/g, (c) => (c === '&' ? '&amp;' : '\\?'))}"`,
      ),
    )
    assert.match(page.body, /setTimeout\(on,3000\)/)
  })

  test('who names no address comes to the page that says so', async () => {
    const { browser, gone } = await leave()
    const page = await browser.visit(gone.location ?? '')
    assert.equal(page.header('refresh'), '2; url=/sign-out')
  })

  test('a session without such a client goes on at once', async () => {
    const other = await house.signedIn(grace)
    await listener(house, 'quiet', {})
    const quiet = await into(house, 'quiet', { browser: other })
    const hint = String(quiet.tokens['id_token'])
    const gone = await other.visit(`${paths.logout}?id_token_hint=${hint}`)
    assert.equal(gone.location, '/sign-out')
  })

  test('a client that is disabled is not loaded', async () => {
    const { database, runtime } = house
    const { browser, gone } = await leave(['three'])
    await database.commit([disableClient(database, 'three', runtime.now())])
    const frames = framesIn(await browser.visit(gone.location ?? ''))
    assert.equal(frames.length, 1)
  })

  test('the address is worth nothing in another browser, and none that we did not seal is', async () => {
    const { gone } = await leave()
    const stranger = await house.signedIn(grace)
    assert.equal((await stranger.visit(gone.location ?? '')).status, 400)
    for (const sealed of ['', 'nonsense'])
      assert.equal((await stranger.visit(`${paths.signedOut}?sealed=${sealed}`)).status, 400)
    assert.equal((await stranger.visit(paths.signedOut)).status, 400)
  })

  test('AZ-17: the page can’t be framed itself, and what it frames can’t take its place', async () => {
    const { browser, gone } = await leave()
    const page = await browser.visit(gone.location ?? '')
    assert.equal(page.header('x-frame-options'), 'DENY')
    for (const [frame] of page.body.matchAll(/<iframe[^>]*>/g)) {
      assert.match(frame, /sandbox="allow-scripts allow-same-origin"/)
      assert.match(frame, / hidden /)
    }
  })
})
