// Tokens that nobody should accept, made the way attackers make them: by hand, without our own signing code.
import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import type { TestIssuer } from '../testing/index.ts'

type Json = Readonly<Record<string, unknown>>

const attacker = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const attackerJwk = attacker.publicKey.export({ format: 'jwk' })

function segment(value: Json): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function claimsOf(issuer: TestIssuer): Json {
  const [, payload = ''] = issuer
    .token({ subject: 'usr_forged', scope: 'transfers:write', roles: ['teller'] })
    .split('.')
  return JSON.parse(Buffer.from(payload, 'base64url').toString())
}

function kidOf(issuer: TestIssuer): string {
  return issuer.jwks.keys[0]?.kid ?? ''
}

/** Signed properly, with a key that is not the issuer's. */
export function signedByAttacker(issuer: TestIssuer, header: Json): string {
  const input = `${segment({ alg: 'ES256', typ: 'at+jwt', ...header })}.${segment(claimsOf(issuer))}`
  const key = { key: attacker.privateKey, dsaEncoding: 'ieee-p1363' } as const
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`
}

export function withKeyInHeader(issuer: TestIssuer): string {
  return signedByAttacker(issuer, { jwk: attackerJwk, kid: 'attacker' })
}

export function withKeyAddressInHeader(issuer: TestIssuer, address: string): string {
  return signedByAttacker(issuer, { jku: address, x5u: address, kid: 'attacker' })
}

export function withKidOfIssuer(issuer: TestIssuer): string {
  return signedByAttacker(issuer, { kid: kidOf(issuer) })
}

/** `alg: none` in several spellings, with and without the last dot's signature. */
export function unsigned(issuer: TestIssuer): readonly string[] {
  const [, , signature = ''] = issuer.token().split('.')
  return ['none', 'None', 'NONE', 'nOnE', ''].flatMap((alg) => {
    const input = `${segment({ alg, typ: 'at+jwt', kid: kidOf(issuer) })}.${segment(claimsOf(issuer))}`
    return [`${input}.`, `${input}.${signature}`, input]
  })
}

/** The published key in every form that a library might take for an HMAC secret. */
export function signedWithPublicKey(issuer: TestIssuer): readonly string[] {
  const [jwk] = issuer.jwks.keys
  const key = createPublicKey({ key: { ...jwk }, format: 'jwk' })
  const pem = key.export({ format: 'pem', type: 'spki' }).toString()
  const secrets = [
    pem,
    pem.trimEnd(),
    pem.replaceAll('\n', '\r\n'),
    key.export({ format: 'der', type: 'spki' }),
    JSON.stringify(jwk),
    JSON.stringify({ keys: [jwk] }),
    Buffer.from(jwk?.x ?? '', 'base64url'),
    '',
  ]
  return secrets.flatMap((secret) =>
    [kidOf(issuer), undefined].map((kid) => {
      const input = `${segment({ alg: 'HS256', typ: 'at+jwt', kid })}.${segment(claimsOf(issuer))}`
      return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
    }),
  )
}

/** A good token with other claims under the old signature. */
export function tampered(token: string): string {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const claims: Json = JSON.parse(Buffer.from(payload, 'base64url').toString())
  return `${header}.${segment({ ...claims, sub: 'usr_forged' })}.${signature}`
}
