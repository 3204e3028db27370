// The same application behind a real Caddy, configured by the very text of docs/guides/caddy.md.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Person } from '../harness/person.ts'
import { password } from '../harness/server.ts'
import { post } from '../harness/wire.ts'
import { appApi, generouslyRead, openScene, robot, type Scene } from '../nginx/scene.ts'
import { caddySkip, startCaddy } from './caddy.ts'

const skip = caddySkip()

describe('An application behind Caddy', { skip }, () => {
  let scene: Scene
  before(async () => {
    if (skip !== false) return
    scene = await openScene(startCaddy)
  })
  after(() => scene?.[Symbol.asyncDispose]())

  /** Signs in on the way to the application. @returns the cookies */
  async function enter(username: string): Promise<string> {
    const person = new Person()
    person.says = { accept: 'text/html' }
    const wanted = `${scene.origin}/app/a?x=1&y=%20`
    const seen = await person.walk(wanted, { username, password })
    deepEqual([seen.status, seen.url.href], [200, wanted])
    const jar = person.cookies.get('127.0.0.1') ?? new Map<string, string>()
    return [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  test('a person signs in on the way and comes back to the very page; nobody is who they say [C20 CVE-2024-47070]', async () => {
    const cookie = await enter('ada')
    scene.seen()
    const spoofs: Record<string, string>[] = [
      { 'remote-user': 'root', 'remote-groups': 'admin', 'remote-email': 'root@evil.test' },
      { Remote_User: 'root', REMOTE_GROUPS: 'admin', 'Remote-name': 'Root' },
      { 'remote-user': 'root', 'x-original-method': 'GET', 'x-original-uri': '/app/public/' },
    ]
    for (const headers of spoofs) {
      const within = await scene.send('/app/', {
        headers: { ...headers, cookie: `theme=dark; ${cookie}; lang=en` },
      })
      deepEqual([within.status, within.text], [200, 'usr_ada | - | ada@example.test | Ada Lovelace'])
      const open = await scene.send('/app/public/', { headers: { ...headers, cookie } })
      deepEqual([open.status, open.text], [200, '- | - | - | -'])
      equal((await scene.send('/app/', { headers })).status, 401)
    }
    const unnamed = { connection: 'remote-user, remote-groups', cookie }
    equal(
      (await scene.send('/app/', { headers: unnamed })).text,
      'usr_ada | - | ada@example.test | Ada Lovelace',
    )
    for (const { headers } of scene.seen()) {
      ok(!/root|__Host-/i.test(JSON.stringify(headers)), JSON.stringify(headers))
      if (headers.cookie?.includes('theme') === true) match(headers.cookie, /^theme=dark; lang=en;? ?$/)
    }
    equal((await scene.send('/app/admin/', { headers: { cookie } })).status, 403)
    const teller = await scene.send('/app/admin/', { headers: { cookie: await enter('tim') } })
    equal(teller.text, 'usr_tim | teller | tim@example.test | Tim Teller')
  })

  test('a program enters with its token until it is revoked [C10 CVE-2024-47000 RT-09]', async () => {
    const form = { grant_type: 'client_credentials', resource: appApi, scope: 'app:use' }
    const { json } = await post(`${scene.origin}/oauth/token`, form, robot)
    const token = String(json['access_token'])
    const headers = { authorization: `Bearer ${token}` }
    scene.seen()
    equal((await scene.send('/app/', { headers })).text, 'robot | - | - | -')
    equal(scene.seen()[0]?.headers.authorization, undefined)
    await post(`${scene.origin}/oauth/revoke`, { token }, robot)
    const refused = await scene.send('/app/', { headers })
    deepEqual([refused.status, refused.headers['www-authenticate']], [401, 'Bearer error="invalid_token"'])
    equal(refused.headers.location, undefined)
  })

  test('HT-07: a form of another site changes nothing; one of this site arrives whole, and Caddy asks without it', async () => {
    const cookie = await enter('ada')
    scene.seen()
    scene.asked()
    const body = 'x'.repeat(100_000)
    const form = (headers: Record<string, string>) =>
      scene.send('/app/', {
        method: 'POST',
        body,
        headers: { cookie, 'content-type': 'text/plain', ...headers },
      })
    for (const foreign of [{}, { origin: 'https://evil.test' }]) equal((await form(foreign)).status, 403)
    equal((await form({ origin: scene.origin })).status, 200)
    deepEqual(
      scene.seen().map((each) => [each.method, each.body.length]),
      [['POST', body.length]],
    )
    for (const asked of scene.asked()) {
      deepEqual([asked.method, asked.body.length, asked.headers['x-original-method']], ['GET', 0, 'POST'])
    }
  })

  test('HT-17, C28 (CVE-2026-48794): no spelling of a path gets past the place that it leads to', async () => {
    const cookie = await enter('ada')
    scene.seen()
    const tricks = [
      ...[
        '/app/admin',
        '/app/ADMIN/',
        '/APP/Admin/',
        '/app/..;/app/admin/',
        '/app/./admin/',
        '/app//admin/',
        '//app/admin/',
      ],
      ...[
        '/app/%61dmin/',
        '/%61pp/admin/',
        '/app/%2e%2e/app/admin/',
        '/app/x%2f..%2fadmin/',
        '/app%2fadmin/',
        '/app\\admin/',
      ],
      ...[
        '/app/public/../admin/',
        '/app/public/..;/admin/',
        '/app/public/%2e%2e/admin/',
        '/app/public/..%2fadmin/',
      ],
      ...[
        '/app/public/..%5cadmin/',
        '/app/public//../admin/',
        '/app/public/.%2e/admin/',
        '/app/public/%00/../admin/',
      ],
      ...[
        '/app/admin%00/',
        '/app/admin/..',
        '/app/admin;x/',
        '/app/;/admin/',
        '/app/public/?/../admin/',
        '/auth/verify',
      ],
      ...['/AUTH/verify', '/auth/verify/', '/auth/%76erify', '/app/public/%252e%252e/admin/'],
    ]
    for (const who of [{ cookie }, {}] as Record<string, string>[]) {
      for (const target of tricks) {
        const heard = await scene.send(target, { headers: { ...who, 'x-original-method': 'GET' } })
        ok(heard.status < 500 && heard.headers['remote-user'] === undefined, `${target}: ${heard.status}`)
        for (const arrived of scene.seen()) {
          const place = generouslyRead(arrived.target)
          ok(!/^\/app\/admin(?:\/|$)/.test(place), `${target} came to ${place}`)
          if (who['cookie'] === undefined)
            ok(place.startsWith('/app/public'), `${target} came to ${place} unasked`)
        }
      }
    }
  })

  test('C31 (GHSA-8fpg-xm3f-6cx3): when Countersign can’t be asked, or is asked wrongly, nothing passes', async () => {
    const cookie = await enter('tim')
    scene.seen()
    scene.reach(false)
    try {
      equal((await scene.send('/app/', { headers: { cookie } })).status, 502)
    } finally {
      scene.reach(true)
    }
    const misspelt = await scene.another((text) => text.replace('?role=teller', '?rol=teller'))
    const host = new URL(scene.origin).host
    const port = Number(new URL(misspelt.origin).port)
    const refused = await scene.send('/app/admin/', { headers: { cookie, host }, port })
    equal(refused.status, 400)
    equal(scene.seen().length, 0)
  })
})
