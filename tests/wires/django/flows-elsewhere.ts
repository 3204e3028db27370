// More of what front ends send: other settings, other languages, what views say of themselves, and what an API answers
// whose requests carry the tokens.
import {
  blacklist,
  type Flow,
  minted,
  now,
  obtain,
  password,
  refresh,
  type Step,
  usual,
  verify,
} from './flows.ts'

const { exp: _exp, ...endless } = usual
const { jti: _jti, ...nameless } = usual
const { user_id: _id, ...nobodys } = usual
const access = { ...usual, token_type: 'access' }

const me = (headers: Record<string, string>, more: Partial<Step> = {}): Step => ({
  path: '/api/me/',
  method: 'GET',
  headers,
  ...more,
})
const bearer = (token: string) => me({ authorization: `Bearer ${token}` })

const failure = 'The original fails here (500): ours answers as it answers every token that is not valid.'
const nullClaim =
  'The original writes a claim of the name “null”, and fails (500) where it looks for a blacklisted token without a name.'
const caseless =
  'The name of a scheme has no case (RFC 9110 §11.1): ours takes `bearer` too, unless told not to.'
const notANumber = 'The original fails here (500): ours knows nobody by such an id.'

const protectedApi: readonly Flow[] = [
  { name: 'the API with an access token', steps: [obtain, me({ authorization: 'Bearer $access' })] },
  {
    name: 'the API with a refreshed token',
    steps: [obtain, refresh('$refresh'), me({ authorization: 'Bearer $access' })],
  },
  { name: 'the API with a refresh token', steps: [obtain, me({ authorization: 'Bearer $refresh' })] },
  { name: 'the API without anything', steps: [me({})] },
  { name: 'the API with an empty header', steps: [me({ authorization: '' })] },
  { name: 'the API with another scheme', steps: [me({ authorization: 'Token abc' })] },
  { name: 'the API with a bare token', steps: [me({ authorization: minted(access) })] },
  {
    name: 'the API with the scheme in lower case',
    steps: [obtain, me({ authorization: 'bearer $access' })],
    differs: caseless,
  },
  { name: 'the API with a scheme alone', steps: [me({ authorization: 'Bearer' })] },
  { name: 'the API with three words', steps: [me({ authorization: 'Bearer a b' })] },
  { name: 'the API with undefined', steps: [me({ authorization: 'Bearer undefined' })] },
  ...(
    [
      ['garbage', 'a.b.c'],
      ['an expired token', minted({ ...access, exp: now - 10 })],
      ['a token without an end', minted({ ...endless, token_type: 'access' })],
      ['a token without a name', minted({ ...nameless, token_type: 'access' })],
      ['a token without a type', minted(usual)],
      ['a sliding token', minted({ ...usual, token_type: 'sliding' })],
      ['a token of tomorrow', minted({ ...access, iat: now + 1000 })],
      ['a token that names nobody', minted({ ...nobodys, token_type: 'access' })],
      ['a token of somebody who is gone', minted({ ...access, user_id: '4711' })],
      ['a token of somebody who is not active', minted({ ...access, user_id: '3' })],
      ['a token by the number', minted({ ...access, user_id: 1 })],
    ] as const
  ).map(([name, token]): Flow => ({ name: `the API with ${name}`, steps: [bearer(token)] })),
  {
    name: 'the API with an id that is no number',
    steps: [bearer(minted({ ...access, user_id: 'x' }))],
    differs: notANumber,
  },
]

const headers: readonly Flow[] = [
  ...['JWT', 'Bearer'].map(
    (scheme): Flow => ({
      name: `X-Access-Token with ${scheme}`,
      settings: 'other header',
      steps: [obtain, me({ 'x-access-token': `${scheme} $access` })],
    }),
  ),
  {
    name: 'X-Access-Token with another scheme',
    settings: 'other header',
    steps: [obtain, me({ 'x-access-token': 'Token $access' })],
  },
  {
    name: 'Authorization where X-Access-Token is read',
    settings: 'other header',
    steps: [obtain, me({ authorization: 'Bearer $access' })],
  },
  {
    name: 'a wrong password where JWT is challenged',
    settings: 'other header',
    steps: [{ path: '/api/token/', members: { username: 'ada', password: 'x' } }],
  },
]

const kinds: readonly Flow[] = [
  { name: 'a sliding token at the API', steps: [obtain, me({ authorization: 'Bearer $token' })] },
  { name: 'an access token beside sliding ones', steps: [bearer(minted(access))] },
  {
    name: 'a refresh token beside both',
    steps: [bearer(minted({ ...usual, token_type: 'refresh' }))],
  },
  { name: 'garbage beside both', steps: [bearer('a.b.c')] },
].map((flow): Flow => ({ ...flow, settings: 'both kinds' }))

const renamedClaims = { exp: usual.exp, iat: usual.iat, name: 'a', uid: '1', aud: 'shop', iss: 'me' }
const renamed: readonly Flow[] = [
  { name: 'claims by other names', steps: [obtain] },
  { name: 'claims by other names, refreshed', steps: [obtain, refresh('$refresh')] },
  { name: 'claims by other names at the API', steps: [obtain, me({ authorization: 'Bearer $access' })] },
  { name: 'verify of claims by other names', steps: [obtain, verify('$access')] },
  { name: 'blacklist of claims by other names', steps: [obtain, blacklist('$refresh'), refresh('$refresh')] },
  ...(
    [
      ['another audience', { ...renamedClaims, aud: 'bank' }],
      ['no audience', { ...renamedClaims, aud: undefined }],
      ['several audiences', { ...renamedClaims, aud: ['bank', 'shop'] }],
      ['another issuer', { ...renamedClaims, iss: 'you' }],
      ['no issuer', { ...renamedClaims, iss: undefined }],
      ['no name', { ...renamedClaims, name: undefined }],
      ['no kind', renamedClaims],
    ] as const
  ).map(
    ([name, claims]): Flow => ({
      name: `refresh with a token of ${name}`,
      steps: [refresh(minted({ kind: name === 'no kind' ? undefined : 'refresh', ...claims }))],
      ...(name === 'no name' && { differs: failure }),
    }),
  ),
].map((flow): Flow => ({ ...flow, settings: 'renamed' }))

const unnamed: readonly Flow[] = [
  { name: 'tokens without type and name', steps: [obtain] },
  { name: 'tokens without type and name, refreshed', steps: [obtain, refresh('$refresh')] },
  { name: 'an access token where types are not looked at', steps: [obtain, refresh('$access')] },
  { name: 'verify of a token without type and name', steps: [obtain, verify('$access')] },
  {
    name: 'a refresh token without a type at the API',
    steps: [obtain, me({ authorization: 'Bearer $refresh' })],
  },
].map((flow): Flow => ({ ...flow, settings: 'unnamed', differs: nullClaim }))

const lenient: readonly Flow[] = [
  { name: 'a token that ended within the leeway', steps: [verify(minted({ ...access, exp: now - 10 }))] },
  { name: 'a token that ended before the leeway', steps: [verify(minted({ ...access, exp: now - 1000 }))] },
  { name: 'a token of soon, within the leeway', steps: [verify(minted({ ...access, iat: now + 20 }))] },
  { name: 'the API within the leeway', steps: [bearer(minted({ ...access, exp: now - 10 }))] },
].map((flow): Flow => ({ ...flow, settings: 'lenient' }))

const others: readonly Flow[] = [
  { name: 'a token says the password', settings: 'of the password', steps: [obtain] },
  {
    name: 'a token that says the password, refreshed',
    settings: 'of the password',
    steps: [obtain, refresh('$refresh')],
  },
  {
    name: 'a token that says the password, at the API',
    settings: 'of the password',
    steps: [obtain, me({ authorization: 'Bearer $access' })],
  },
  {
    name: 'a token of another password at the API',
    settings: 'of the password',
    steps: [bearer(minted({ ...access, hash_password: 'ABC' }))],
  },
  { name: 'people by their names', settings: 'by another name', steps: [obtain] },
  {
    name: 'people by their names, at the API',
    settings: 'by another name',
    steps: [obtain, me({ authorization: 'Bearer $access' })],
  },
]

const bySubject: readonly Flow[] = [
  { name: 'people in the claim sub', steps: [obtain] },
  {
    name: 'people in the claim sub, at the API',
    steps: [obtain, me({ authorization: 'Bearer $access' })],
  },
  {
    name: 'people in the claim sub, refreshed and at the API',
    steps: [obtain, refresh('$refresh'), me({ authorization: 'Bearer $access' })],
  },
  {
    name: 'a token of before with people in the claim sub',
    steps: [
      refresh(minted({ ...nobodys, sub: '1', token_type: 'refresh' })),
      me({ authorization: 'Bearer $access' }),
    ],
  },
].map((flow): Flow => ({ ...flow, settings: 'by the subject' }))

const wishes = [
  'fr',
  'fr-CA,de;q=0.5',
  'fr;q=0.3,de;q=0.8',
  'xx',
  'en-US',
  '*',
  'zh-CN',
  'zh',
  'he',
  'pt-BR',
  'es',
  'ko',
  'fa',
  'ja,*',
  'de;q=0',
  'nonsense;;q=2',
] as const
const regional = 'Ours has the language without its region.'
const languages: readonly Flow[] = [
  ...wishes.map(
    (wish): Flow => ({
      name: `a wrong password for a wish for ${wish}`,
      steps: [
        {
          path: '/api/token/',
          members: { username: 'ada', password: 'x' },
          headers: { 'accept-language': wish },
        },
      ],
      ...(wish.endsWith('q=0') && { differs: 'A weight of nothing means: not this one (RFC 9110 §12.5.4).' }),
    }),
  ),
  {
    name: 'a wrong password for a wish for es-MX',
    steps: [{ path: '/api/token/', members: {}, headers: { 'accept-language': 'es-MX' } }],
    differs: regional,
  },
  { name: 'a login in another language', steps: [{ ...obtain, headers: { 'accept-language': 'fr' } }] },
].map((flow): Flow => ({ ...flow, settings: 'many languages' }))

const said = 'Ours names the types that it reads and writes alike, and answers a browser with JSON as well.'
const views: readonly Flow[] = [
  ...['', 'refresh/', 'verify/', 'blacklist/'].map(
    (view): Flow => ({
      name: `what /api/token/${view} says of itself`,
      steps: [{ path: `/api/token/${view}`, method: 'OPTIONS' }],
    }),
  ),
  ...['', 'refresh/'].map(
    (view): Flow => ({
      name: `what the sliding /api/token/${view} says of itself`,
      settings: 'sliding',
      steps: [{ path: `/api/token/${view}`, method: 'OPTIONS' }],
    }),
  ),
  ...(
    [
      ['anything but XML first', 'application/xml, */*;q=0.1'],
      ['JSON with a weight', 'application/json;q=0.5'],
      ['JSON in capitals', 'APPLICATION/JSON'],
      ['any application', 'application/*'],
      ['nothing', ''],
      ['plain text', 'text/plain'],
      ['what is no type', 'x'],
    ] as const
  ).map(
    ([name, accept]): Flow => ({
      name: `obtain for a wish for ${name}`,
      steps: [{ path: '/api/token/', members: {}, headers: { accept } }],
      ...(accept === '' && { differs: 'Who wishes for nothing in particular gets JSON.' }),
    }),
  ),
  {
    name: 'obtain for a wish for a page',
    steps: [{ path: '/api/token/', members: {}, headers: { accept: 'text/html' } }],
    differs: said,
  },
  {
    name: 'what a view says of itself for a wish for XML',
    steps: [{ path: '/api/token/', method: 'OPTIONS', headers: { accept: 'application/xml' } }],
  },
  {
    name: 'obtain with a name in other letters',
    steps: [{ path: '/api/token/', members: { username: 'ADA', password } }],
    differs: 'Names have no case here: nobody else may have the same one in other letters.',
  },
]

export const flowsElsewhere: readonly Flow[] = [
  ...protectedApi,
  ...headers,
  ...kinds,
  ...renamed,
  ...unnamed,
  ...lenient,
  ...others,
  ...bySubject,
  ...languages,
  ...views,
]
