// What holds for every page in every state: nothing a page is told becomes markup, every form carries its token, the
// fields say what they are for, the sign-in page is small. Classes C24 and C35, checklist rows HT-03 and HT-18.
import assert from 'node:assert/strict'
import test from 'node:test'
import { pageStates } from './journeys/page-states.ts'

const plain = pageStates()

// Each begins with x, for its first letter is drawn in a ring.
const hostile = [
  `x"><script>alert(1)</script>`,
  `x' onmouseover='alert(1)`,
  'x</title></style></script><img src=x onerror=alert(1)>',
  'x<!--',
  'x]]><![CDATA[',
  'x&lt;script&gt;&#39;&quot;&amp;',
  'x`{{7*7}}<%= 7*7 %>`',
  'x\u202e\u0000\ufeff\ud800"><svg/onload=alert(1)>',
]

for (const text of hostile) {
  test(`no page takes this for markup: ${JSON.stringify(text)}`, () => {
    const expected = pageStates(() => 'x')
    for (const [name, page] of pageStates(() => text)) {
      const unspoken = page
        .replaceAll(escaped(inJson(text)), 'x')
        .replaceAll(escaped(text), 'x')
        .replaceAll(percentEncoded(text), 'x')
      assert.equal(unspoken, expected.get(name), name)
    }
  })
}

function escaped(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '')
}

/** As it stands in the JSON of an attribute. */
function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

function percentEncoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll("'", '&#39;')
}

test('no address that runs script is ever a link or a form target', () => {
  for (const address of [
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    '//evil.example',
  ]) {
    for (const [name, page] of pageStates(() => address)) {
      for (const [, target] of page.matchAll(/(?:href|action|src)="([^"]*)"/g)) {
        assert.match(
          target ?? '',
          /^(?:\/(?!\/)|#|https?:\/\/|otpauth:\/\/totp\/|data:image\/svg\+xml,)/,
          `${name}: ${target}`,
        )
      }
    }
  }
})

test('no page has an inline style or an inline script, and what it has carries the nonce', () => {
  for (const [name, page] of pageStates((words) => words, 'a-nonce')) {
    assert.doesNotMatch(page, /<[^>]+\s(?:style|on\w+)=/, name)
    for (const [tag] of page.matchAll(/<(?:style|script)\b[^>]*>/g))
      assert.match(tag, / nonce="a-nonce">$/, name)
  }
})

test('every POST form carries the form token exactly once, and the one that leaves this server never does', () => {
  for (const [name, page] of plain) {
    const forms = [...page.matchAll(/<form\b.*?<\/form>/gs)].map(([form]) => form)
    for (const form of forms) {
      assert.match(form, /^<form method="post"/, name)
      const tokens = form.split('name="form_token"').length - 1
      assert.equal(tokens, /action="\//.test(form) ? 1 : 0, name)
    }
  }
  assert.ok(!plain.get('form-post')?.includes('form_token'))
})

test('fields say what they are for by the standard autocomplete tokens', () => {
  const tokens = (state: string) =>
    [...(plain.get(state) ?? '').matchAll(/<input id="(\w+)"[^>]* autocomplete="([^"]+)"/g)].map(
      ([, name, token]) => `${name}: ${token}`,
    )
  assert.deepEqual(tokens('sign-in'), ['username: username webauthn', 'password: current-password'])
  assert.deepEqual(tokens('sign-up'), [
    'name: name',
    'email: email',
    'username: username',
    'password: new-password',
  ])
  assert.deepEqual(tokens('account'), [
    'name: name',
    'current_password: current-password',
    'new_password: new-password',
  ])
  assert.deepEqual(tokens('link'), ['username: username', 'password: current-password'])
})

test('the sign-in page stays within 15 kB of HTML and CSS, and 8 kB of script', () => {
  for (const [name, page] of plain) {
    if (!name.startsWith('sign-in')) continue
    const scripts = (page.match(/<script.*?<\/script>/gs) ?? []).join('')
    const [script, rest] = [Buffer.byteLength(scripts), Buffer.byteLength(page) - Buffer.byteLength(scripts)]
    assert.ok(rest <= 15_000, `${name}: ${rest} of HTML and CSS`)
    assert.ok(script <= 8_000, `${name}: ${script} of script`)
  }
})

test('a page with a quiet or an alarming button has their style', () => {
  const having = [...plain].filter(([, page]) => /class="button (?:quiet|alarm)"/.test(page))
  assert.ok(having.length > 5)
  for (const [name, page] of having) assert.ok(page.includes('.button.quiet,.button.alarm{'), name)
})

test('the sign-in form has one submit button and sends a sealed return address', () => {
  const form = plain.get('sign-in')?.match(/<form[^>]*action="\/sign-in".*?<\/form>/s)?.[0] ?? ''
  assert.equal(form.split('type="submit"').length - 1, 1)
  assert.match(form, /<input type="hidden" name="continue" value="c2VhbGVkLXJldHVybi1hZGRyZXNz">/)
})

test('consent is answered with decision=allow or decision=deny', () => {
  for (const state of ['consent', 'consent-native']) {
    const answers = [...(plain.get(state) ?? '').matchAll(/name="decision" value="(\w+)"/g)].map(
      ([, value]) => value,
    )
    assert.deepEqual(answers, ['allow', 'deny'])
  }
})

test('consent names the client, where it runs, the API, each scope, the lifetime and the account', () => {
  const web = plain.get('consent') ?? ''
  for (const words of [
    'Harbour Street Bank',
    'bank.example.com',
    'Bank API',
    'http://localhost:4401/api',
    'See your accounts and their balances',
    'transfers:write',
    'See your e-mail address',
    'up to 30 days',
    'ada@example.test',
    'Not\u00a0you?',
  ]) {
    assert.ok(web.includes(words), words)
  }
  assert.ok(plain.get('consent-native')?.includes('runs on this computer'))
})

test('every reference within a page finds its element, and no id stands twice', () => {
  for (const [name, page] of plain) {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
    assert.equal(new Set(ids).size, ids.length, `${name}: ${ids.join(' ')}`)
    for (const [, list] of page.matchAll(
      / (?:for|aria-describedby|aria-labelledby|aria-controls)="([^"]+)"/g,
    )) {
      for (const id of list?.split(' ') ?? []) assert.ok(ids.includes(id), `${name}: ${id}`)
    }
    for (const [, id] of page.matchAll(/ href="#([^"]+)"/g)) assert.ok(ids.includes(id), `${name}: #${id}`)
  }
})

test('a page with problems says so first in its title, and its summary alone takes the focus', () => {
  for (const [name, page] of plain) {
    const hasSummary = page.includes('class="summary"')
    assert.equal(page.includes('<title>Problem: '), hasSummary, name)
    const focused = [...page.matchAll(/<(\w+)[^>]* autofocus[^>]*>/g)].map(([, tag]) => tag)
    assert.ok(focused.length <= 1, `${name}: ${focused.join(' ')}`)
    if (hasSummary) assert.deepEqual(focused, ['div'], name)
  }
})

test('what was just done on the account page is said first in its title', () => {
  assert.match(plain.get('account-new') ?? '', /<title>Your profile is saved · Your account · Countersign</)
  assert.match(plain.get('account') ?? '', /<title>Your account · Countersign</)
})

test('a problem of a field stands at the field, and the field refers to it', () => {
  for (const [name, page] of plain) {
    for (const [, field] of page.matchAll(/<li><a href="#([^"]+)">/g)) {
      const input =
        page.match(new RegExp(`<input[^>]* id="${field}"[^>]*>|<input id="${field}"[^>]*>`))?.[0] ?? ''
      assert.match(input, new RegExp(`aria-describedby="[^"]*${field}-problem`), `${name}: ${field}`)
      assert.match(input, /aria-invalid="true"/, `${name}: ${field}`)
    }
  }
})

test('every page says what it is in its title, and in which language it is, and has one heading above all', () => {
  for (const [name, page] of plain) {
    const title = page.match(/<title>(.*?)<\/title>/s)?.[1] ?? ''
    assert.match(title, /^(?:Problem: )?\S.* · Countersign$/s, name)
    assert.match(page, /<html lang="en">/, name)
    assert.equal(page.split('<h1').length - 1, 1, name)
  }
})

test('a page of an error is no dead end: it leads on, or says where to begin again', () => {
  for (const status of [401, 403, 404, 405])
    assert.match(
      plain.get(`error-${status}`) ?? '',
      /<a class="button plain" href="\/(?:sign-in)?">/,
      `${status}`,
    )
  assert.match(plain.get('error-400') ?? '', /Go back to the application and start again/)
})

test('a name that somebody chose is kept apart from the words beside it', () => {
  const mine = pageStates((words) => `\u05d1${words}`).get('account') ?? ''
  for (const name of ['Harbour Street Bank', 'bank.example.com', 'The nightly report', 'Harbour for phones'])
    assert.ok(!mine.includes(name) || mine.includes(`<bdi>\u05d1${name}</bdi>`), name)
})
