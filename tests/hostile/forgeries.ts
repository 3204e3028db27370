// Access tokens of a real family, spoiled in one thing each. What an insider could sign is signed with the server's own
// key, so that nothing but the named fault is there to be refused.
import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { encodeBase64url, importPrivateJwk, type SigningKey } from '@countersign/protocol'
import { specimen } from '../harness/specimens.ts'
import { forge, seal } from '../harness/token-kinds.ts'

export interface Genuine {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
  /** The server's own. */
  readonly key: SigningKey
  readonly publicJwk: Readonly<Record<string, unknown>>
  /** An address that only a server which follows a token's header would visit. */
  readonly lure: string
}

export type Forgery = readonly [name: string, token: string]

/** Without any fault: what must be accepted for the rest to prove anything. */
export const unspoiled = ({ header, claims, key }: Genuine): string => forge(header, claims, key)

export function forgeries(genuine: Genuine): Forgery[] {
  return [
    ...unsigned(genuine),
    ...withOurPublicKey(genuine),
    ...withForeignKeys(genuine),
    ...withOddHeaders(genuine),
    ...withOddClaims(genuine),
    ...withOddSignatures(genuine),
    ...withOddSpelling(genuine),
  ]
}

const inputOf = (token: string): string => token.slice(0, token.lastIndexOf('.'))

function unsigned({ header, claims, key }: Genuine): Forgery[] {
  return ['none', 'None', 'NONE', 'nOnE', '', null, 'HS256'].flatMap((alg): Forgery[] => {
    const token = forge({ ...header, alg }, claims, key)
    return [
      [`JW-01 alg ${alg}, without a signature`, `${inputOf(token)}.`],
      [`JW-01 alg ${alg}, with a signature`, token],
    ]
  })
}

/** JW-02: what everybody can read, as a secret that nobody should know. */
function withOurPublicKey({ header, claims, publicJwk, key }: Genuine): Forgery[] {
  const published = createPublicKey({ key: publicJwk as object, format: 'jwk' })
  const pem = published.export({ type: 'spki', format: 'pem' }) as string
  const point = Buffer.concat([
    Buffer.from([4]),
    Buffer.from(String(publicJwk['x']), 'base64url'),
    Buffer.from(String(publicJwk['y']), 'base64url'),
  ])
  const secrets: readonly (readonly [string, string | Buffer])[] = [
    ['PEM', pem],
    ['trimmed PEM', pem.trim()],
    ['PEM with other line ends', pem.replaceAll('\n', '\r\n')],
    ['indented PEM', ` ${pem}`],
    ['DER', published.export({ type: 'spki', format: 'der' })],
    ['JWK', JSON.stringify(publicJwk)],
    ['point', point],
    ['empty', ''],
  ]
  return secrets.map(([name, secret]) => {
    const input = inputOf(forge({ ...header, alg: 'HS256' }, claims, key))
    return [
      `JW-02 HMAC with our ${name}`,
      `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`,
    ]
  })
}

function withForeignKeys({ header, claims, lure }: Genuine): Forgery[] {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = { ...privateKey.export({ format: 'jwk' }), alg: 'ES256' }
  const { d: _, ...shown } = jwk
  const mine = importPrivateJwk(jwk)
  const lures = [
    { jwk: shown },
    { jwk: { ...shown, kid: header['kid'] } },
    { jku: lure },
    { x5u: lure },
    { jku: `https://id.example.test@${new URL(lure).host}/keys` },
    { x5c: ['MIIB'] },
    { kid: undefined },
    { kid: lure },
    { kid: 'another' },
  ]
  return [
    ...lures.map(
      (change, at): Forgery => [
        `JW-03 our own key, shown (${at})`,
        forge({ ...header, ...change }, claims, mine),
      ],
    ),
    ['C1 another algorithm', forge({ ...header, alg: 'ES384' }, claims, specimen('ES384').key)],
    ['C1 RSA under the name of our key', forge({ ...header, alg: 'RS256' }, claims, specimen('RS256').key)],
    ['C1 EdDSA under the name of our key', forge({ ...header, alg: 'EdDSA' }, claims, specimen('EdDSA').key)],
  ]
}

function withOddHeaders({ header, claims, key }: Genuine): Forgery[] {
  const kids = [
    "' or 1=1 --",
    '../../../dev/null',
    '__proto__',
    'constructor',
    `${header['kid']}\0`,
    'k'.repeat(4000),
    ` ${header['kid']}`,
    '',
    7,
    null,
    ['a'],
    {},
  ]
  const json = JSON.stringify(header)
  const add = (members: string): string => `${json.slice(0, -1)},${members}}`
  const texts: readonly (readonly [string, string | Uint8Array])[] = [
    ['JW-05 unknown crit', add('"crit":["x"],"x":1')],
    ['JW-05 empty crit', add('"crit":[]')],
    ['JW-05 b64 false', add('"b64":false,"crit":["b64"]')],
    ['JW-05 b64 false, not critical', add('"b64":false')],
    ['JW-06 alg twice', add('"alg":"ES256"')],
    ['JW-06 alg twice, escaped', add('"\\u0061lg":"none"')],
    ['JW-06 a byte order mark', `\ufeff${json}`],
    ['JW-06 an array', `[${json}]`],
    ['JW-06 nothing', ''],
    ['JW-06 two objects', `${json}${json}`],
    ['JW-06 UTF-16', Buffer.from(json, 'utf16le')],
    ['HT-14 __proto__', add('"__proto__":{"alg":"none"}')],
    ['C3 deep', `{"a":${'['.repeat(40)}${']'.repeat(40)},${json.slice(1)}`],
  ]
  return [
    ...kids.map((kid, at): Forgery => [`JW-04 kid (${at})`, forge({ ...header, kid }, claims, key)]),
    ...texts.map(([name, text]): Forgery => [name, forge(text, claims, key)]),
  ]
}

function withOddClaims({ header, claims, key }: Genuine): Forgery[] {
  const now = Math.floor(Date.now() / 1000)
  const { iss, aud } = claims as { iss: string; aud: string }
  const changes: readonly (readonly [string, object])[] = [
    ['JW-07 expired', { exp: now - 16 }],
    ['JW-07 no end', { exp: undefined }],
    ['JW-07 an end in words', { exp: `${now + 60}` }],
    ['JW-07 a negative end', { exp: -1 }],
    ['JW-07 an end beyond numbers', { exp: 1e308 * 10 }],
    ['JW-07 not yet', { nbf: now + 60 }],
    ['JW-07 from the future', { iat: now + 3600 }],
    ['JW-08 another issuer', { iss: 'https://evil.test' }],
    ['JW-08 an issuer with a slash', { iss: `${iss}/` }],
    ['JW-08 no issuer', { iss: undefined }],
    ['JW-08 several issuers', { iss: [iss] }],
    ['JW-08 no audience', { aud: undefined }],
    ['JW-08 our audience and another', { aud: [aud, 'https://evil.test'] }],
    ['JW-08 an audience that is a number', { aud: 7 }],
    ['C4 a family that is none', { fam: 'fam_0' }],
    ['C4 a family by its shape', { fam: { id: claims['fam'] } }],
    ['C4 nobody’s', { sub: undefined }],
    ['C4 no client', { client_id: undefined }],
    ['C4 no identifier', { jti: undefined }],
    ['HT-14 __proto__', JSON.parse(`{"__proto__":{"roles":["admin"]}}`) as object],
  ]
  const types = ['JWT', 'logout+jwt', 'client-authentication+jwt', 'dpop+jwt', 'AT+JWT2', undefined, 7, '']
  return [
    ...changes.map(([name, change]): Forgery => [name, forge(header, { ...claims, ...change }, key)]),
    ...types.map((typ): Forgery => [`JW-09 typ ${typ}`, forge({ ...header, typ }, claims, key)]),
    ...['[1]', 'null', '"text"', '7', '', `[${JSON.stringify(claims)}]`].map(
      (text): Forgery => [`JW-06 claims ${text.slice(0, 8)}`, forge(header, text, key)],
    ),
  ]
}

const orderOfP256 = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'

function withOddSignatures(genuine: Genuine): Forgery[] {
  const token = unspoiled(genuine)
  const hex = Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url').toString('hex')
  const [r, s] = [hex.slice(0, 64), hex.slice(64)]
  const [zero, order] = ['00'.repeat(32), orderOfP256]
  const forms: readonly (readonly [string, string])[] = [
    ['zeros', zero + zero],
    ['r zero', zero + s],
    ['s zero', r + zero],
    ['the order', order + order],
    ['swapped', s + r],
    ['short', hex.slice(2)],
    ['long', `${hex}00`],
    ['DER', `30440220${r}0220${s}`],
    ['empty', ''],
  ]
  return forms.map(([name, form]) => [
    `JW-10 ${name}`,
    `${inputOf(token)}.${Buffer.from(form, 'hex').toString('base64url')}`,
  ])
}

function withOddSpelling(genuine: Genuine): Forgery[] {
  const token = unspoiled(genuine)
  const [header = '', payload = '', signature = ''] = token.split('.')
  const again = (input: string) => seal(input, genuine.key)
  return [
    ['JW-06 two parts', `${header}.${payload}`],
    ['JW-06 four parts', `${token}.${signature}`],
    ['JW-06 five parts', `${header}.${payload}.${signature}.${signature}.${signature}`],
    ['JW-06 dots', '....'],
    ['JW-06 a thousand dots', '.'.repeat(1000)],
    ['JW-06 padding', again(`${header}=.${payload}`)],
    ['JW-06 padding of claims', again(`${header}.${payload}==`)],
    ['JW-06 a line end', again(`${header}\n.${payload}`)],
    ['JW-06 base64 of the other kind', again(`${header}.${payload.slice(0, 4)}+${payload.slice(5)}`)],
    ['JW-06 claims cut off', again(`${header}.${payload.slice(0, -2)}`)],
    ['JW-06 nothing inside', again(`${header}.`)],
    ['JW-06 JSON serialization', JSON.stringify({ protected: header, payload, signature })],
    ['JW-06 claims that are no JSON', again(`${header}.${encodeBase64url('{"a":')}`)],
    ['JW-11 9 KiB', forge(genuine.header, { ...genuine.claims, x: 'x'.repeat(7000) }, genuine.key)],
  ]
}
