// Somebody else's words on our pages: names of clients and people, hints, states, errors. They stay words.
import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { cookieOf } from '../faults/journal.ts'
import type { Person, Seen } from '../harness/person.ts'
import { callback } from '../harness/population.ts'
import { anyText } from '../harness/texts.ts'
import { authorizeAddress, browserAt, newVerifier } from '../harness/wire.ts'
import { injections, lineEnds, mark, scripts } from './corpora.ts'
import { mischief } from './markup.ts'
import { formTokenOf, formType, judge, openTarget, send, type Target, withoutStyle } from './target.ts'

/** What may be a client's name at all: no control characters, at most 100 characters. */
const names = scripts.filter((text) => !/[\p{Cc}\p{Cf}]/u.test(text) && text.length <= 100)
const clients = names.map((name, at) => ({
  id: `hostile-${at}`,
  name,
  secret: `hostile-secret-0123456789-0123456789-${at}`,
  redirectUris: [callback],
  policyUri: `https://rp.example.test/policy?a=${at}`,
}))

test('whoever reads the pages here sees mischief where there is some', () => {
  const style = '<style nonce="n">a{}</style>'
  deepEqual(mischief(`${style}<p title="a &lt;b&gt; c">d</p>`), [])
  for (const raw of scripts.filter((text) =>
    /^[^&]*<(?:script|svg|iframe|base|meta|form|a |math)|onfocus|onmouseover|onerror/.test(text),
  )) {
    const pages = [
      `<p>${raw}</p>`,
      `<input value="${raw}">`,
      `<input value='${raw}'>`,
      `<title>${raw}</title>`,
    ]
    ok(
      pages.some((page) => mischief(style + page).length > 0),
      raw,
    )
  }
})

describe('pages', () => {
  let target: Target
  let person: Person
  before(async () => {
    target = await openTarget(2, clients)
    person = await target.signedIn(0)
  })
  after(() => target[Symbol.asyncDispose]())

  /** Nothing of the page runs, and the words are on it as words, if at all. */
  function sound(html: string, words: string): void {
    deepEqual(mischief(html), [], words)
    const shown = withoutStyle(html)
    if (/[<>"]/.test(words)) equal(shown.includes(words), false, 'shown as it is')
  }

  const escaped = (text: string): string =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

  test('a client’s name is only a name, on every page that says it [C24 HT-18 CVE-2019-8400 CVE-2026-29191]', async () => {
    ok(names.length > 15)
    for (const [at, name] of names.entries()) {
      const address = authorizeAddress(target.origin, newVerifier(), { client_id: `hostile-${at}` })
      const stranger = await browserAt('10.8.2.1').open(address)
      equal(stranger.url.pathname, '/sign-in')
      sound(stranger.html, name)
      const consent = await person.open(address)
      equal(consent.status, 200)
      sound(consent.html, name)
      ok(withoutStyle(consent.html).replaceAll('&#39;', "'").includes(escaped(name)), 'the name is there')
      if (at % 5 === 0) await person.submit(consent, { decision: 'allow' })
    }
    const account = await person.open(`${target.origin}/account`)
    equal(account.status, 200)
    ok(account.html.includes(mark), 'connected applications are named')
    sound(account.html, scripts[0] ?? '')
  })

  test('hints, reasons and return addresses are only words [C24 HT-18 CVE-2025-67495]', async () => {
    for (const words of [...scripts, ...lineEnds, ...injections]) {
      const encoded = encodeURIComponent(words)
      for (const path of [
        '/sign-in?hint=',
        '/sign-in?reason=',
        '/sign-in?continue=',
        '/sign-up?continue=',
        '/sign-out?continue=',
        '/account?done=',
        '/oauth/authorize?flow=',
        '/?x=',
      ]) {
        const heard = await send(target.port, {
          target: path + encoded,
          headers: [
            ['Cookie', cookieOf(person)],
            ['Accept', 'text/html'],
          ],
        })
        judge(heard)
        sound(heard.body, words)
      }
    }
    const address = authorizeAddress(target.origin, newVerifier(), {
      login_hint: scripts[1] ?? '',
      prompt: 'login',
    })
    const asked = await person.open(address)
    equal(asked.url.pathname, '/sign-in')
    sound(asked.html, scripts[1] ?? '')
    ok(asked.html.includes(escaped(scripts[1] ?? '')), 'the hint is filled in, as text')
  })

  test('error pages repeat nothing of what was wrong [C24 HT-18 TK-16 CVE-2026-33525]', async () => {
    const wrong = (words: string): readonly string[] => {
      const encoded = encodeURIComponent(words)
      return [
        `/oauth/authorize?client_id=${encoded}`,
        `/oauth/authorize?client_id=web&redirect_uri=${encoded}`,
        `/oauth/authorize?client_id=web&redirect_uri=${encodeURIComponent(callback)}&redirect_uri=${encoded}`,
        `/oauth/logout?client_id=web&post_logout_redirect_uri=${encoded}`,
        `/oauth/logout?id_token_hint=${encoded}`,
        `/nothing-here?${encoded}=${encoded}`,
        `/sign-in?hint=a&hint=${encoded}`,
      ]
    }
    for (const words of [...scripts, ...lineEnds]) {
      for (const path of wrong(words)) {
        const heard = await send(target.port, {
          target: path,
          headers: [
            ['Accept', 'text/html'],
            ['User-Agent', 'x'],
            ['Referer', `https://x.test/${encodeURIComponent(words)}`],
          ],
        })
        judge(heard)
        ok([400, 404].includes(heard.status), `${path}: ${heard.status}`)
        equal(heard.raw.includes(mark), false, path)
        sound(heard.body, words)
      }
    }
  })

  const submitted = async (path: string, form: Readonly<Record<string, string>>): Promise<string> => {
    const page = await person.open(`${target.origin}/account`)
    const heard = await send(target.port, {
      method: 'POST',
      target: path,
      headers: [
        formType,
        ['Cookie', cookieOf(person)],
        ['X-Forwarded-For', `10.8.3.${Math.floor(Math.random() * 250)}`],
      ],
      body: new URLSearchParams({ form_token: formTokenOf(page), ...form }).toString(),
    })
    judge(heard)
    return heard.body
  }

  test('a person’s own name is a name, and forms give back what was typed as text [C24 HT-18]', async () => {
    for (const words of scripts.slice(0, 12)) {
      sound(await submitted('/account/profile', { name: words }), words)
      const account = await person.open(`${target.origin}/account`)
      sound(account.html, words)
      sound((await person.open(`${target.origin}/sign-out`)).html, words)
      sound(await submitted('/sign-up', { email: words, name: words, username: words, password: 'x' }), words)
      sound(await submitted('/sign-in', { username: words, password: '' }), words)
    }
  })

  test('whatever name a person takes, the account page stays sound [C24 HT-18]', async () => {
    await fc.assert(
      fc.asyncProperty(anyText({ minLength: 1, maxLength: 80 }), async (name) => {
        sound(await submitted('/account/profile', { name }), name)
        const account = await person.open(`${target.origin}/account`)
        equal(account.status, 200)
        deepEqual(mischief(account.html), [])
      }),
      { numRuns: 60 },
    )
  })

  test('an answer by form carries a hostile state as text, to the client’s address only [AZ-24 C24 CVE-2026-33525]', async () => {
    for (const state of [...scripts, ...lineEnds].filter((text) => !text.includes('\0'))) {
      const address = authorizeAddress(target.origin, newVerifier(), {
        state,
        response_mode: 'form_post',
        prompt: 'none',
        scope: 'openid',
      })
      const seen: Seen = await person.open(address)
      equal(seen.status, 200)
      sound(seen.html, state)
      const form = seen.forms.find(({ action }) => action === callback)
      ok(form, 'the form goes to the client')
      // A form's fields lose bare line ends on their way; nothing else of the state may change.
      const lines = (text: string) => text.replaceAll(/\r\n|\r|\n/g, '\n')
      equal(lines(form.fields.get('state') ?? ''), lines(state))
    }
  })

  test('every page and error has the headers that keep it ours, with a nonce of its own [HT-02 HT-03 HT-04 AZ-17 AZ-18]', async () => {
    const nonces = new Set<string>()
    for (const path of [
      '/',
      '/sign-in',
      '/sign-up',
      '/sign-out',
      '/account',
      '/nothing',
      '/oauth/authorize?client_id=x',
      '/sign-in?a=%ff',
    ]) {
      const { headers } = await send(target.port, {
        target: path,
        headers: [
          ['Accept', 'text/html'],
          ['Cookie', cookieOf(person)],
        ],
      })
      if (headers.has('location')) continue
      const policy = headers.get('content-security-policy')?.join() ?? ''
      match(policy, /default-src 'none'.*frame-ancestors 'none'.*base-uri 'none'.*object-src 'none'/, path)
      equal(/unsafe|\*|http:/.test(policy), false)
      const nonce = /'nonce-([^']+)'/.exec(policy)?.[1]
      ok(nonce)
      equal(nonces.has(nonce), false, 'a nonce used twice')
      nonces.add(nonce)
      for (const [name, value] of [
        ['x-frame-options', 'DENY'],
        ['referrer-policy', 'no-referrer'],
        ['cross-origin-opener-policy', 'same-origin'],
        ['cross-origin-resource-policy', 'same-origin'],
        ['cache-control', 'no-store'],
      ] as const) {
        equal(headers.get(name)?.join(), value, `${name} of ${path}`)
      }
      match(headers.get('strict-transport-security')?.join() ?? '', /max-age=31536000/)
    }
    notEqual(nonces.size, 0)
  })
})
