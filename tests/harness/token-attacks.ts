// The attacks that signed tokens are known for, numbered by family: tokens that no verifier may accept. The families are
// those of one list: 14 (key sets), 16 (time) and 18 (weak secrets) are about no token, and stand in the tests of keys.
import { createHmac, createPublicKey } from 'node:crypto'
import { KeySet, type KindRow, type SigningKey, type TokenKind, tokenKinds } from '@countersign/protocol'
import { publicPart, specimen } from './specimens.ts'
import {
  encryptedInstead,
  endless,
  keysThatNoProofBrings,
  malformedClaims,
  malformedHeaders,
  notBegun,
  over,
} from './token-attack-parts.ts'
import { audience, forge, goodClaims, goodHeader, issuer, seal } from './token-kinds.ts'

const { key } = specimen('ES256')
const rsa = specimen('RS256')
const eddsa = specimen('EdDSA')
/** What the verifier of the attacked tokens holds. */
export const attackedKeys = new KeySet([key, rsa.key, eddsa.key, specimen('ES384').key])
const { kid = '' } = key

/** An attack: its name, the codes that may answer it, the tokens. */
export type Attack = readonly [name: string, codes: readonly string[], tokens: readonly string[]]

export const head = (kind: TokenKind, change: object = {}) => ({
  ...goodHeader(kind, key),
  kid,
  ...change,
})
/** The token that all others are spoiled from. */
export const untouched = (kind: TokenKind) => forge(head(kind), goodClaims[kind], key)
const input = (token: string) => token.slice(0, token.lastIndexOf('.'))

function unsigned(kind: TokenKind): string[] {
  const algs = [
    'none',
    'None',
    'nOnE',
    'NONE',
    'none ',
    '',
    'HS256',
    'constructor',
    '__proto__',
    null,
    0,
    undefined,
    ['ES256'],
  ]
  return algs.flatMap((alg) => {
    const token = forge(head(kind, { alg }), goodClaims[kind], key)
    return [token, `${input(token)}.`]
  })
}

/** C1, JW-02: the server's public key, in every form that it is published in, as an HMAC secret. */
function hmacWithPublicKey(kind: TokenKind): string[] {
  const published = createPublicKey({ key: publicPart(rsa.jwk) as object, format: 'jwk' })
  const pem = published.export({ type: 'spki', format: 'pem' }) as string
  const modulus = String(rsa.jwk['n'])
  const secrets = [
    pem,
    pem.trim(),
    pem.replaceAll('\n', '\r\n'),
    ` \n${pem}`,
    published.export({ type: 'pkcs1', format: 'pem' }),
    published.export({ type: 'spki', format: 'der' }),
    published.export({ type: 'pkcs1', format: 'der' }),
    JSON.stringify(publicPart(rsa.jwk)),
    modulus,
    Buffer.from(modulus, 'base64url'),
    '',
  ]
  return secrets.flatMap((secret) =>
    [rsa.key.kid, undefined].map((named) => {
      const body = input(forge(head(kind, { alg: 'HS256', kid: named }), goodClaims[kind], key))
      return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`
    }),
  )
}

function otherAlgorithms(kind: TokenKind): string[] {
  const pss: SigningKey = { ...rsa.key, alg: 'PS256', signing: specimen('PS256').key.signing }
  return [
    forge(head(kind, { alg: 'PS256', kid: rsa.key.kid }), goodClaims[kind], pss),
    forge(head(kind, { alg: 'EdDSA' }), goodClaims[kind], eddsa.key),
    forge(head(kind, { alg: 'ES384' }), goodClaims[kind], specimen('ES384').key),
    ...(kind === 'dpop' ? [] : [forge(head(kind, { kid: eddsa.key.kid }), goodClaims[kind], key)]),
    // RFC 9864 gives one algorithm two names; a key has one of them.
    forge(head(kind, { alg: 'Ed25519', kid: eddsa.key.kid }), goodClaims[kind], eddsa.key),
    forge(head(kind, { alg: 'ES256K' }), goodClaims[kind], specimen('ES256K').key),
    ...['ES256K', 'Ed25519', 'es256', 'ES256 ', 'ESP256', 'ES256\0'].map((alg) =>
      forge(head(kind, { alg }), goodClaims[kind], key),
    ),
  ]
}

const orderOfP256 = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'

function badSignatures(kind: TokenKind): string[] {
  const token = untouched(kind)
  const raw = Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url')
  const [zero, one, n] = ['00'.repeat(32), `${'00'.repeat(31)}01`, orderOfP256]
  const hex = raw.toString('hex')
  const [r, s] = [hex.slice(0, 64), hex.slice(64)]
  const fixed = [zero, one, n].flatMap((left) => [zero, one, n].map((right) => left + right))
  const der = `3044${'0220'}${r}${'0220'}${s}`
  const forms = [
    ...fixed,
    zero + s,
    r + zero,
    n + s,
    r + n,
    der,
    hex.slice(0, -2),
    `${hex}00`,
    `00${hex}`,
    r,
    '',
    s + r,
  ]
  return forms.map((form) => `${input(token)}.${Buffer.from(form, 'hex').toString('base64url')}`)
}

function keysFromTheToken(kind: TokenKind): string[] {
  const mine = specimen('ES256', 'attacker')
  const address = 'https://attacker.example.test/keys'
  const lures = [
    { jwk: publicPart(mine.jwk) },
    { jwk: { ...publicPart(mine.jwk), kid } },
    { jku: address },
    { x5u: address },
    { jku: 'http://169.254.169.254/latest/meta-data' },
    { jku: `https://auth.example.test@attacker.example.test/keys` },
    { x5c: ['MIIB'] },
    { x5t: 'AA', 'x5t#S256': 'AA' },
  ]
  return lures.flatMap((lure) =>
    [kid, 'attacker', undefined].map((named) =>
      forge(head(kind, { ...lure, kid: named }), goodClaims[kind], mine.key),
    ),
  )
}

function hostileKids(kind: TokenKind): string[] {
  const kids = [
    '../../../dev/null',
    "' OR 1=1 --",
    `${kid}\0`,
    'k'.repeat(5000),
    '__proto__',
    'constructor',
    'toString',
    ` ${kid}`,
    kid.toLowerCase(),
    '',
  ]
  return kids.map((named) => forge(head(kind, { kid: named }), goodClaims[kind], key))
}

function badTimes(kind: TokenKind): string[] {
  const values = ['-1', '"1800000060"', 'null', 'true', '{}', '[1800000060]', '9007199254740993', '-0.5']
  const json = JSON.stringify(goodClaims[kind])
  const changed = values.flatMap((value) => [
    ...(json.includes('"exp"') ? [json.replace(/"exp":\d+/, `"exp":${value}`)] : []),
    json.replace(/"iat":\d+/, `"iat":${value}`),
    json.includes('"nbf"')
      ? json.replace(/"nbf":\d+/, `"nbf":${value}`)
      : `${json.slice(0, -1)},"nbf":${value}}`,
  ])
  return changed.map((text) => forge(head(kind), text, key))
}

function otherSpellings(kind: TokenKind): string[] {
  const token = untouched(kind)
  const parts = token.split('.')
  const respell = [
    (part: string) => `${part}=`,
    (part: string) => `${part}==`,
    (part: string) => ` ${part}`,
    (part: string) => `${part}\n`,
    (part: string) => `${part.slice(0, 5)} ${part.slice(5)}`,
    (part: string) => `${part.slice(0, 5)}+${part.slice(5)}`,
    (part: string) => `${part.slice(0, 5)}/${part.slice(5)}`,
    (part: string) => `${part}A`,
    (part: string) => part + String.fromCharCode(0x141),
    (part: string) => strayBits(part),
  ]
  const changed = respell.flatMap((change) =>
    [0, 1, 2].map((at) => parts.map((part, index) => (index === at ? change(part) : part))),
  )
  // Signed anew where the signed text changed, so that only the spelling is wrong.
  const changedTokens = changed.map(([one, two, three]) => {
    const signed = `${one}.${two}`
    return signed === input(token) ? `${signed}.${three}` : seal(signed, key)
  })
  const [header = '', payload = '', signature = ''] = parts
  return [
    ...changedTokens.filter((changedToken) => changedToken !== token),
    `${token}.`,
    `.${token}`,
    `${header}.${payload}`,
    `${header}..${payload}.${signature}`,
    `.${payload}.${signature}`,
    '',
    '.',
    '..',
    '....',
    JSON.stringify({ protected: header, payload, signature }),
    JSON.stringify({ payload, signatures: [{ protected: header, signature }] }),
    `Bearer ${token}`,
    `${token}, ${token}`,
  ]
}

/** Sets the unused bits of the last character; a part without any gets one more character instead. */
function strayBits(part: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  if (part.length % 4 === 0) return `${part}B`
  return part.slice(0, -1) + alphabet[alphabet.indexOf(part.at(-1) ?? '') + 1]
}

function changed(kind: TokenKind, changes: readonly object[]): string[] {
  return changes.map((change) => forge(head(kind), { ...goodClaims[kind], ...change }, key))
}

/** An assertion's subject follows its issuer, as does a request's client; else they would be refused for that. */
const follows: { readonly [K in TokenKind]?: string } = { clientAssertion: 'sub', requestObject: 'client_id' }

/** Audiences that are not exactly ours. */
function foreignAudiences({ audienceIsOneOf }: KindRow): readonly unknown[] {
  return [
    ...(audienceIsOneOf === true
      ? []
      : [
          [audience, 'https://other.example.test'],
          [audience, audience],
        ]),
    ['https://other.example.test', issuer],
    ['https://other.example.test'],
    `${audience}/`,
    `${audience}/token`,
    audience.slice(0, -1),
    audience.toUpperCase(),
    ` ${audience}`,
    `${audience} ${issuer}`,
    issuer,
  ]
}

function wrongPlaces(kind: TokenKind): Attack[] {
  const withClaims = (changes: readonly object[]) => changed(kind, changes)
  const row: KindRow = tokenKinds[kind]
  const audiences = foreignAudiences(row)
  const issuers = [
    `${issuer}/`,
    issuer.slice(0, -1),
    `${issuer}.attacker.test`,
    issuer.toUpperCase(),
    'https://attacker.test',
  ]
  const follower = follows[kind]
  const withIssuer = (iss: string) => (follower === undefined ? { iss } : { iss, [follower]: iss })
  return [
    ...(row.withoutAudience === true
      ? []
      : ([
          [
            'C3.12 an audience that is not exactly ours',
            ['wrong_audience'],
            withClaims(audiences.map((aud) => ({ aud }))),
          ],
          [
            'C3.12 an audience that is none',
            ['bad_claim', 'wrong_audience', 'missing_claim'],
            withClaims([7, null, {}, '', [], [7], [[audience]], undefined].map((aud) => ({ aud }))),
          ],
        ] satisfies Attack[])),
    ...(row.withoutIssuer === true
      ? []
      : ([
          ['C3.12 an issuer that is not exactly ours', ['wrong_issuer'], withClaims(issuers.map(withIssuer))],
          [
            'C3.12 an issuer that is none',
            ['bad_claim', 'missing_claim'],
            withClaims([7, null, {}, '', [issuer], undefined].map((iss) => ({ iss }))),
          ],
        ] satisfies Attack[])),
  ]
}

/** Every attack of the list on one kind of token. All but the named fault is right, and rightly signed where it can be. */
export function attacksOn(kind: TokenKind): Attack[] {
  const claims = goodClaims[kind]
  const wrongTypes = [
    'at+jwt',
    'JWT',
    'client-authentication+jwt',
    'logout+jwt',
    'dpop+jwt',
    'at+JWT2',
    'xat+jwt',
    'application/application/at+jwt',
    undefined,
  ]
  const right = [
    tokenKinds[kind].typ.toLowerCase(),
    ...(['clientAssertion', 'requestObject', 'authorizationGrant'].includes(kind) ? ['jwt', undefined] : []),
    ...(kind === 'backchannelRequest' ? ['oauth-authz-req+jwt', undefined] : []),
  ]
  return [
    ['C3.1 no algorithm', ['unknown_key', 'malformed'], unsigned(kind)],
    ['C3.2 a public key as HMAC secret', ['unknown_key'], hmacWithPublicKey(kind)],
    ['C3.3 an algorithm that is not the key’s', ['unknown_key'], otherAlgorithms(kind)],
    ['C3.4 a signature that is none', ['bad_signature'], badSignatures(kind)],
    [
      'C3.7, C3.9 a header with two readings',
      ['malformed'],
      malformedHeaders(JSON.stringify(head(kind)), kid).map((text) => forge(text, claims, key)),
    ],
    [
      'C3.9 claims with two readings',
      ['malformed'],
      malformedClaims(JSON.stringify(claims)).map((text) => forge(head(kind), text, key)),
    ],
    ['C3.9 times that are no times', ['bad_claim'], badTimes(kind)],
    ['C3.10, C3.17 another spelling', ['malformed', 'bad_signature'], otherSpellings(kind)],
    [
      'C3.11 another type',
      ['wrong_type'],
      wrongTypes
        .filter((typ) => !right.includes(typ?.toLowerCase()))
        .map((typ) => forge(head(kind, { typ }), claims, key)),
    ],
    ['C3.8 an encrypted token', ['malformed', 'unknown_key'], encryptedInstead(kind)],
    ['C3.13 a time that is over', ['expired'], changed(kind, over(kind))],
    ['C3.13 a time that has not come', ['not_yet_valid'], changed(kind, notBegun)],
    ['C3.13 no end, or no name', ['missing_claim'], changed(kind, endless(kind))],
    ['C3.15 too large', ['too_large'], tooLarge(kind)],
    // A DPoP proof brings its key, on purpose, and names a request in place of an issuer and an audience.
    ...(kind === 'dpop' ? [attackOnProofs()] : attacksOnAddressed(kind)),
  ]
}

function attackOnProofs(): Attack {
  const codes = ['malformed', 'unknown_key', 'bad_signature']
  return ['C3.5 a key that no proof brings', codes, keysThatNoProofBrings()]
}

function attacksOnAddressed(kind: TokenKind): Attack[] {
  return [
    ['C3.5 a key that the token brings', ['bad_signature', 'unknown_key'], keysFromTheToken(kind)],
    ['C3.6 a hostile kid', ['unknown_key'], hostileKids(kind)],
    ...wrongPlaces(kind),
  ]
}

function tooLarge(kind: TokenKind): string[] {
  return [
    forge(head(kind, { pad: 'x'.repeat(16_384) }), goodClaims[kind], key),
    forge(head(kind), { ...goodClaims[kind], pad: 'x'.repeat(1_000_000) }, key),
    forge(head(kind), { ...goodClaims[kind], amr: Array(100_000).fill('a') }, key),
    '.'.repeat(1_000_000),
    'a'.repeat(8193),
  ]
}
