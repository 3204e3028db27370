// Requests by chance: to any route, with some of what it takes to get past the first checks, and anything else.
import { accessTokenType, codeChallenge, tokenExchange } from '@countersign/protocol'
import fc from 'fast-check'
import { basic, callback, credentials } from '../harness/population.ts'
import { anyEncoded, anyHeaderValue } from './corpora.ts'
import { formType, type Sent, type Target } from './target.ts'

/** What the attacker holds: tokens and browsers of their own. */
export interface Loot {
  readonly tokens: readonly string[]
  readonly browsers: readonly { readonly cookie: string; readonly formToken: string }[]
}

const verifier = 'v'.repeat(43)

/** Values with which requests get further than the first check. */
export const plausible: Readonly<Record<string, readonly string[]>> = {
  client_id: ['web', 'spa', 'machine'],
  client_secret: ['web-secret-0123456789-0123456789-0123'],
  redirect_uri: [callback],
  response_type: ['code'],
  response_mode: ['query', 'form_post'],
  scope: ['openid', 'openid offline_access accounts:read', 'accounts:read'],
  state: ['s'],
  nonce: ['n'],
  code_challenge: [codeChallenge(verifier)],
  code_challenge_method: ['S256'],
  code_verifier: [verifier],
  prompt: ['none', 'login', 'consent', 'select_account'],
  max_age: ['0', '100'],
  login_hint: ['person0'],
  ui_locales: ['en'],
  claims: ['{"userinfo":{"name":null}}'],
  acr_values: ['urn:countersign:acr:password'],
  resource: ['https://bank.example.test/api'],
  grant_type: ['authorization_code', 'refresh_token', 'client_credentials', tokenExchange],
  subject_token_type: [accessTokenType],
  actor_token_type: [accessTokenType],
  audience: ['https://bank.example.test/api'],
  client_assertion_type: ['urn:ietf:params:oauth:client-assertion-type:jwt-bearer'],
  token_type_hint: ['refresh_token', 'access_token'],
  method: ['password'],
  remember: ['yes'],
  decision: ['allow', 'deny'],
  reason: ['signed-out'],
  done: ['profile-saved'],
  username: ['person0', 'person1@example.test'],
  name: ['Somebody'],
  email: ['somebody@example.test'],
  client: ['web'],
}
const otherNames = [
  ...['id_token_hint', 'request', 'request_uri', 'registration', 'display', 'flow', 'continue', 'hint'],
  ...['code', 'refresh_token', 'client_assertion', 'token', 'access_token', 'password', 'new_password'],
  ...['current_password', 'session', 'identity', 'post_logout_redirect_uri', 'form_token', 'user_id', 'role'],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'a[]', 'a[b]', '%00'],
]

function anyPairs({ tokens }: Loot): fc.Arbitrary<string> {
  const tokenNames = ['token', 'access_token', 'refresh_token', 'code', 'id_token_hint', 'subject_token']
  const held: Readonly<Record<string, readonly string[]>> = {
    ...plausible,
    ...Object.fromEntries(tokenNames.map((name) => [name, tokens])),
  }
  const known = fc.constantFrom(...Object.keys(held)).chain((name) => {
    const right = fc.constantFrom(...(held[name] ?? [''])).map(encodeURIComponent)
    const value = fc.oneof({ weight: 3, arbitrary: right }, { weight: 2, arbitrary: anyEncoded })
    return fc.tuple(fc.constant(name), value)
  })
  const other = fc.tuple(fc.oneof(fc.constantFrom(...otherNames), anyEncoded), anyEncoded)
  const pair = fc.oneof({ weight: 4, arbitrary: known }, { weight: 1, arbitrary: other })
  const once = fc.uniqueArray(pair, { selector: ([name]) => name, maxLength: 12 })
  const pairs = fc.oneof(
    { weight: 4, arbitrary: once },
    { weight: 1, arbitrary: fc.array(pair, { maxLength: 12 }) },
  )
  return pairs.map((list) => list.map(([name, value]) => `${name}=${value}`).join('&'))
}

const askedNames = [
  'redirect_uri',
  'response_type',
  'scope',
  'state',
  'code_challenge',
  'code_challenge_method',
]

/** A whole authorization request, of which a few values are anything. */
export const anyAuthorization: fc.Arbitrary<string> = fc
  .record({
    changes: fc.dictionary(
      fc.constantFrom(...Object.keys(plausible), 'id_token_hint', 'request'),
      anyEncoded,
      { maxKeys: 3 },
    ),
    client: fc.constantFrom('web', 'spa'),
  })
  .map(({ changes, client }) => {
    const good = askedNames.map((name) => [name, encodeURIComponent(plausible[name]?.[0] ?? '')])
    const all = { client_id: client, ...Object.fromEntries(good), ...changes }
    return Object.entries(all)
      .map(([name, value]) => `${name}=${value}`)
      .join('&')
  })

/** A whole token request, of which a few values are anything. */
const anyTokenRequest: fc.Arbitrary<string> = fc
  .record({
    grant: fc.constantFrom('authorization_code', 'refresh_token', 'client_credentials'),
    changes: fc.dictionary(
      fc.constantFrom('scope', 'resource', 'code', 'redirect_uri', 'code_verifier', 'refresh_token'),
      anyEncoded,
      { maxKeys: 4 },
    ),
  })
  .map(({ grant, changes }) =>
    [['grant_type', grant], ...Object.entries(changes)].map(([name, value]) => `${name}=${value}`).join('&'),
  )

const somewhere = fc
  .integer({ min: 0, max: 0xffffff })
  .map((n) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`)

const anyAuthorizationHeader = (tokens: readonly string[]) =>
  fc.oneof(
    { weight: 2, arbitrary: fc.constant('') },
    { weight: 3, arbitrary: fc.constantFrom(credentials.web, credentials.machine, basic('web', 'wrong')) },
    { weight: 1, arbitrary: fc.constantFrom(...tokens).map((token) => `Bearer ${token}`) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom('Basic ', 'Bearer ', 'DPoP ', ''), anyHeaderValue)
        .map((parts) => parts.join('')),
    },
  )

const otherHeaders = [
  ...['Origin', 'Referer', 'User-Agent', 'Sec-Fetch-Site', 'X-Forwarded-Host', 'X-Forwarded-Proto'],
  ...['Forwarded', 'If-None-Match', 'Accept-Language', 'X-Original-URL', 'X-HTTP-Method-Override'],
  'DPoP',
]

export function anyRequest(target: Target, loot: Loot): fc.Arbitrary<Sent> {
  const pairs = anyPairs(loot)
  const nobody = { cookie: '', formToken: '' }
  return fc
    .record({
      route: fc.constantFrom(...target.routes),
      segment: fc.constantFrom('x', '__proto__', 'constructor', 'google', "a'b", '~', '@'),
      query: fc.oneof(
        { weight: 2, arbitrary: fc.constant('') },
        { weight: 3, arbitrary: pairs },
        anyAuthorization,
      ),
      body: fc.oneof({ weight: 3, arbitrary: pairs }, anyAuthorization, anyTokenRequest),
      browser: fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(...loot.browsers) },
        { weight: 1, arbitrary: anyHeaderValue.map((cookie) => ({ ...nobody, cookie })) },
        { weight: 1, arbitrary: fc.constant(nobody) },
      ),
      authorization: anyAuthorizationHeader(loot.tokens),
      from: somewhere,
      accept: fc.constantFrom('*/*', 'text/html', 'application/json'),
      other: fc.option(fc.tuple(fc.constantFrom(...otherHeaders), anyHeaderValue), {
        nil: undefined,
        freq: 3,
      }),
    })
    .map(({ route, segment, query, body, browser, authorization, from, accept, other }) => {
      const path = route.path.replaceAll(/:[^/]+/g, segment)
      const headers: (readonly [string, string])[] = [
        ['X-Forwarded-For', from],
        ['Accept', accept],
      ]
      // Whoever signs out is nobody in every request after that.
      const signsOut = path === '/sign-out' && route.method === 'POST'
      if (browser.cookie !== '' && !signsOut) headers.push(['Cookie', browser.cookie])
      if (authorization !== '') headers.push(['Authorization', authorization])
      if (other !== undefined) headers.push(other)
      const asked = query === '' ? path : `${path}?${query}`
      if (route.method === 'GET') return { method: 'GET', target: asked, headers }
      const form = browser.formToken === '' ? body : `form_token=${browser.formToken}&${body}`
      // What a query adds to a form is mostly its end: a parameter in the wrong place.
      const place = query.length % 3 === 0 ? asked : path
      return { method: route.method, target: place, headers: [...headers, formType], body: form }
    })
}
