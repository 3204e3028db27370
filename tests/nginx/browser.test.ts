// What a real browser does with an application behind nginx: the way through sign-in and back, and what its cookies can't
// be used for by others.
import { equal, match } from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { browserSkip, withPage } from '../harness/browser.ts'
import { proveWho, tim } from '../journeys/bank-steps.ts'
import { nginxSkip, startNginx } from './nginx.ts'
import { openScene, type Scene } from './scene.ts'

const skip = nginxSkip() || browserSkip()

describe('A browser before nginx', { skip }, () => {
  let scene: Scene
  before(async () => {
    if (skip !== false) return
    scene = await openScene(startNginx)
  })
  after(() => scene?.[Symbol.asyncDispose]())

  test('a person in a browser signs in on the way, comes back to the very page, and is named to it', async () => {
    await withPage(
      async (tab) => {
        const wanted = `${scene.origin}/app/reports?month=5&q=a%20%26%20b`
        await tab.goto(wanted)
        equal(new URL(tab.url()).pathname, '/sign-in')
        await proveWho(tab, tim)
        await tab.waitForURL(wanted)
        equal(await tab.textContent('body'), 'usr_tim | teller | tim@example.test | Tim Teller')
        await tab.goto(`${scene.origin}/app/admin/`)
        match((await tab.textContent('body')) ?? '', /^usr_tim/)
        await tab.goto(`${scene.origin}/sign-out`)
        await tab.getByRole('button', { name: 'Sign out' }).click()
        await tab.getByRole('heading', { name: 'You are signed out' }).waitFor()
        await tab.goto(wanted)
        equal(new URL(tab.url()).pathname, '/sign-in')
      },
      { ignoreHTTPSErrors: true },
    )
  })

  test('HT-07: in a real browser, a neighbour on the same site gets links through and no writes, though the cookie goes along', async () => {
    const action = `${scene.origin}/app/transfer`
    const evil = `<form method=post action=${action}><button>Send</button></form><a href=${action}>Go</a>`
    const neighbour = await scene.another((text) =>
      text.replace(
        'location = /auth/verify {',
        `location = /evil { default_type text/html; return 200 '${evil}'; }\n  location = /auth/verify {`,
      ),
    )
    await withPage(
      async (tab) => {
        await tab.goto(`${scene.origin}/app/`)
        await proveWho(tab, tim)
        await tab.waitForURL(`${scene.origin}/app/`)
        const post = (address: string) =>
          tab.evaluate(async (to) => {
            const init = { method: 'POST', body: 'x', mode: 'no-cors', credentials: 'include' } as const
            return (await fetch(to, init)).status
          }, address)
        equal(await post(action), 200, 'its own page writes')
        await tab.goto(`${neighbour.origin}/evil`)
        scene.seen()
        scene.asked()
        await post(action)
        const [answer] = await Promise.all([
          tab.waitForResponse(action),
          tab.getByRole('button', { name: 'Send' }).click(),
        ])
        equal(answer.status(), 403)
        const asked = scene.asked()
        equal(asked.length, 2)
        for (const { headers } of asked) match(headers.cookie ?? '', /__Host-sid=/)
        equal(scene.seen().length, 0)
        await tab.goto(`${neighbour.origin}/evil`)
        await tab.getByRole('link', { name: 'Go' }).click()
        await tab.waitForURL(action)
        match((await tab.textContent('body')) ?? '', /^usr_tim/)
      },
      { ignoreHTTPSErrors: true },
    )
  })
})
