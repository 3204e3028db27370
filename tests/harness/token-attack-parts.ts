// Material of token-attacks.ts: texts with two readings, encrypted tokens where signed ones are due, the keys that a DPoP
// proof may not bring, and times that are over or have not come.
import { createCipheriv } from 'node:crypto'
import { encodeBase64url, type TokenKind, tokenKinds } from '@countersign/protocol'
import { publicPart, specimen } from './specimens.ts'
import { forge, goodClaims, goodHeader, now, signGood } from './token-kinds.ts'

const { key, jwk } = specimen('ES256')

/** C3.8: nobody who expects a signed token opens an encrypted one, whoever could. */
export function encryptedInstead(kind: TokenKind): string[] {
  const signed = signGood(kind, key)
  const none = `${encodeBase64url('{"alg":"none"}')}.${encodeBase64url(JSON.stringify(goodClaims[kind]))}.`
  const headers = [
    { alg: 'dir', enc: 'A256GCM', cty: 'JWT' },
    { alg: 'dir', enc: 'A256GCM', cty: 'JWT', zip: 'DEF' },
    { alg: 'dir', enc: 'A256GCM', typ: tokenKinds[kind].typ, kid: key.kid },
    { alg: 'PBES2-HS256+A128KW', enc: 'A256GCM', p2c: 2 ** 31 - 1, p2s: 'AA' },
    { alg: 'RSA1_5', enc: 'A256GCM', kid: 'RS256-1' },
    { alg: 'ECDH-ES', enc: 'A256GCM', epk: { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' } },
    { alg: 'ES256', enc: 'A256GCM', kid: key.kid },
  ]
  const deep = sealedWith({ alg: 'dir', enc: 'A256GCM', cty: 'JWT' }, sealedWith(headers[0] ?? {}, signed))
  // Three parts, and still a header of the other kind.
  const posing = headers.map((header) =>
    forge({ ...goodHeader(kind, key), ...header }, goodClaims[kind], key),
  )
  return [
    ...headers.flatMap((header) => [sealedWith(header, signed), sealedWith(header, none)]),
    deep,
    ...posing.slice(0, 6),
  ]
}

/** A compact JWE under a key that everybody knows: thirty-two zeros. */
function sealedWith(header: object, content: string): string {
  const [secret, iv] = [Buffer.alloc(32), Buffer.alloc(12)]
  const segment = encodeBase64url(JSON.stringify(header))
  const cipher = createCipheriv('aes-256-gcm', secret, iv).setAAD(Buffer.from(segment))
  const ciphertext = Buffer.concat([cipher.update(content), cipher.final()])
  const parts = [Buffer.alloc(0), iv, ciphertext, cipher.getAuthTag()].map((part) => encodeBase64url(part))
  return [segment, ...parts].join('.')
}

/** C3.5, for the one kind that brings its key on purpose: it brings a public one of its own algorithm, and by value. */
export function keysThatNoProofBrings(): string[] {
  const claims = goodClaims.dpop
  const mine = specimen('ES256', 'attacker')
  const with_ = (change: object) => forge({ typ: 'dpop+jwt', alg: 'ES256', ...change }, claims, mine.key)
  return [
    with_({}),
    with_({ kid: key.kid }),
    with_({ jku: 'https://attacker.example.test/keys' }),
    with_({ x5u: 'https://attacker.example.test/cert' }),
    with_({ x5c: ['MIIB'] }),
    with_({ jwk: mine.jwk }),
    with_({ jwk: publicPart(jwk) }),
    with_({ jwk: publicPart(jwk), kid: 'attacker', jku: 'https://attacker.example.test/keys' }),
    with_({ jwk: { kty: 'oct', k: 'A'.repeat(43) } }),
    with_({ jwk: { ...publicPart(mine.jwk), use: 'enc' } }),
    with_({ jwk: { ...publicPart(mine.jwk), key_ops: ['deriveBits'] } }),
    with_({ jwk: { ...publicPart(mine.jwk), alg: 'ES384' } }),
    with_({ jwk: { ...publicPart(mine.jwk), x: mine.jwk['y'], y: mine.jwk['x'] } }),
    with_({ jwk: { ...publicPart(mine.jwk), crv: 'P-384' } }),
    with_({ jwk: publicPart(specimen('RS256').jwk) }),
    with_({ jwk: [publicPart(mine.jwk)] }),
    with_({ jwk: JSON.stringify(publicPart(mine.jwk)) }),
    with_({ jwk: null }),
  ]
}

/** C3.13: claims of a token that is over, by a second more than clocks may differ. */
export function over(kind: TokenKind): object[] {
  const { maximumAge } = tokenKinds[kind] as { readonly maximumAge?: number }
  return maximumAge === undefined
    ? [{ exp: now - 15 }, { exp: 0 }]
    : [{ iat: now - maximumAge - 15 }, { iat: 0 }]
}

/** C3.13: claims of a token that has not begun, by a second more than clocks may differ. */
export const notBegun: readonly object[] = [16, 100_000].flatMap((ahead) => [
  { nbf: now + ahead },
  { iat: now + ahead },
])

/** C3.13: without an end nothing ends, and without a name nothing can be remembered. */
export function endless(kind: TokenKind): object[] {
  const required: readonly string[] = tokenKinds[kind].required
  return ['exp', 'iat', 'jti']
    .filter((name) => required.includes(name))
    .map((name) => ({ [name]: undefined }))
}

/** C3.7, C3.9: headers that are read in two ways, from the good one. */
export function malformedHeaders(json: string, kid: string): (string | Uint8Array)[] {
  const add = (members: string) => `${json.slice(0, -1)},${members}}`
  return [
    ...['["exp"]', '[]', '["b64"]', '["alg","alg"]', '"exp"', 'null', '["crit"]'].map((crit) =>
      add(`"crit":${crit}`),
    ),
    add('"b64":false,"crit":["b64"]'),
    add('"b64":false'),
    add('"b64":true'),
    add('"alg":"ES256"'),
    add('"\\u0061lg":"none"'),
    add(`"kid":"${kid}"`),
    add('"__proto__":{"alg":"none"}'),
    ...['7', 'null', '["a"]', '{}', 'true'].flatMap((value) => [
      json.replace(/"kid":"[^"]*"/, `"kid":${value}`),
      json.replace(/"typ":"[^"]*"/, `"typ":${value}`),
    ]),
    `[${json}]`,
    `"${kid}"`,
    'null',
    '',
    `${json}${json}`,
    `\ufeff${json}`,
    Buffer.concat([Buffer.from(add('"x":"').slice(0, -1)), Buffer.from([0xff]), Buffer.from('"}')]),
    add('"x":"\\ud800"'),
    Buffer.from(json, 'utf16le'),
    `{"a":${'['.repeat(30)}${']'.repeat(30)},${json.slice(1)}`,
  ]
}

/** C3.9: claims that are read in two ways, from the good ones. */
export function malformedClaims(json: string): (string | Uint8Array)[] {
  const add = (members: string) => `${json.slice(0, -1)},${members}}`
  return [
    add('"iat":1'),
    add('"jti":"1","jti":"2"'),
    add('"a":1,"a":1'),
    add('"\\u0069at":1'),
    add('"__proto__":{"roles":["admin"]}'),
    add('"x":1e400'),
    add('"x":"\\udfff"'),
    `[${json}]`,
    'null',
    '7',
    '"text"',
    '',
    ' ',
    `\ufeff${json}`,
    `${json},`,
    Buffer.concat([
      Buffer.from(json.slice(0, -1)),
      Buffer.from(',"x":"'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"}'),
    ]),
    add(`"x":${'['.repeat(25)}${']'.repeat(25)}`),
    json.replace(/"iat":\d+/, '"iat":NaN'),
  ]
}
