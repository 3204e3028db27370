// The libraries that tokens are measured against, each set up as its own guide advises for speed: keys read once where
// it can, issuer and audience checked, the algorithm fixed.
import {
  createHmac,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto'
import {
  importPrivateJwk,
  importSecretJwk,
  type SigningKey,
  signToken,
  verifyToken,
} from '@countersign/protocol'
import { createVerifier } from '@countersign/sdk/verify'
import * as nodeRs from '@node-rs/jsonwebtoken'
import * as fastJwt from 'fast-jwt'
import { type CryptoKey, importJWK, jwtVerify, SignJWT } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import type { Way } from './interleaved.ts'

/** The algorithms that tokens are measured with. */
export const algorithms = ['HS256', 'RS256', 'ES256', 'EdDSA'] as const
export type Algorithm = (typeof algorithms)[number]
/** `bare` is the signature alone; `sdk` is `verify()` of @countersign/sdk. */
export type Contender = 'bare' | 'ours' | 'sdk' | 'jose' | 'fast-jwt' | 'jsonwebtoken' | 'node-rs'
export type Ways = Partial<Record<Contender, Way>>

const issuer = 'https://id.bench.example'
const audience = 'https://api.bench.example'
const now = Math.floor(Date.now() / 1000)
/** More than the SDK's verifier remembers, so that by the time one comes again it is new. */
const count = 6000

/** Everything of one algorithm: a key in each library's form, and tokens that were made with it. */
export interface Material {
  readonly alg: Algorithm
  readonly key: SigningKey
  readonly jwk: Readonly<Record<string, unknown>>
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** What the libraries that read no key objects are given. */
  readonly privateText: string | Buffer
  readonly publicText: string | Buffer
  readonly jose: { readonly private: CryptoKey | Uint8Array; readonly public: CryptoKey | Uint8Array }
  readonly tokens: readonly string[]
}

export async function materialOf(alg: Algorithm): Promise<Material> {
  const { privateKey, publicKey } = keysOf(alg)
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid: `bench-${alg}`, alg }
  const key = alg === 'HS256' ? importSecretJwk(jwk) : importPrivateJwk(jwk)
  const text = (part: KeyObject, type: 'pkcs8' | 'spki') =>
    part.type === 'secret' ? part.export() : (part.export({ type, format: 'pem' }) as string)
  return {
    alg,
    key,
    jwk,
    privateKey,
    publicKey,
    privateText: text(privateKey, 'pkcs8'),
    publicText: text(publicKey, 'spki'),
    jose: { private: await importJWK(jwk, alg), public: await importJWK(publicPart(jwk), alg) },
    tokens: Array.from({ length: count }, (_, index) => mint(key, index)),
  }
}

function keysOf(alg: Algorithm): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  switch (alg) {
    case 'HS256': {
      const secret = createSecretKey(randomBytes(32))
      return { privateKey: secret, publicKey: secret }
    }
    case 'RS256':
      return generateKeyPairSync('rsa', { modulusLength: 2048 })
    case 'ES256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' })
    case 'EdDSA':
      return generateKeyPairSync('ed25519')
  }
}

/** The claims of an access token; under HMAC, where no access token exists, those of a partner's message. */
function claimsOf(alg: Algorithm, index: number) {
  const common = { iss: issuer, aud: audience, iat: now, exp: now + 3600, jti: `j${index}` }
  return alg === 'HS256'
    ? { ...common, message: { for: 'usr_bench', client_id: 'bench', scope: 'accounts:read' } }
    : { ...common, sub: 'usr_bench', client_id: 'bench', scope: 'accounts:read', message: undefined }
}

const typOf = (alg: Algorithm) => (alg === 'HS256' ? 'partner-message+jwt' : 'at+jwt')

function mint(key: SigningKey, index: number): string {
  const claims = claimsOf(key.alg as Algorithm, index)
  return key.alg === 'HS256'
    ? signToken('partnerMessage', claims, key)
    : signToken('access', claims as typeof claims & { sub: string; client_id: string }, key)
}

/** Signing new claims, in every library. */
export function signingWays({ alg, key, privateKey, privateText, jose }: Material): Ways {
  const { kid = '' } = key
  const typ = typOf(alg)
  const inputs = Array.from({ length: count }, (_, index) =>
    Buffer.from(JSON.stringify(claimsOf(alg, index))),
  )
  const input = (index: number) => inputs[index % count] ?? Buffer.alloc(0)
  const bySigner = fastJwt.createSigner({ key: privateText, algorithm: alg, kid, header: { alg, typ } })
  const header = { algorithm: alg as nodeRs.Algorithm, keyId: kid }
  return {
    bare: { work: (index) => bareSignature(alg, input(index), privateKey) },
    ours: { work: (index) => mint(key, index) },
    jose: {
      isLater: true,
      work: (index) =>
        new SignJWT(claimsOf(alg, index)).setProtectedHeader({ alg, typ, kid }).sign(jose.private),
    },
    'fast-jwt': { work: (index) => bySigner(claimsOf(alg, index)) },
    ...(alg === 'EdDSA'
      ? {}
      : {
          jsonwebtoken: {
            work: (index) =>
              jsonwebtoken.sign(claimsOf(alg, index), privateKey, {
                algorithm: alg,
                keyid: kid,
                header: { alg, typ },
              }),
          },
        }),
    'node-rs': { work: (index) => nodeRs.signSync(claimsOf(alg, index), privateText, header) },
  }
}

/** Verifying, in every library: tokens that differ each time, or the same one again and again. */
export function verifyingWays(material: Material, which: 'new' | 'repeated'): Ways {
  const { alg, key, publicKey, publicText, jose, tokens } = material
  const token = (index: number) => tokens[which === 'new' ? index % count : 0] ?? ''
  const typ = typOf(alg)
  const split = tokens.map(splitToken)
  const bare = (index: number) => split[which === 'new' ? index % count : 0] ?? splitToken('')
  const kind = alg === 'HS256' ? 'partnerMessage' : 'access'
  const options = { keys: () => key, issuer, audience, now }
  const byVerifier = fastJwt.createVerifier({
    key: publicText,
    algorithms: [alg],
    allowedIss: issuer,
    allowedAud: audience,
    checkTyp: typ,
    requiredClaims: ['exp', 'iat', 'jti'],
    cache: which === 'repeated',
  })
  const spec = { algorithms: [alg as nodeRs.Algorithm], iss: [issuer], aud: [audience] }
  return {
    bare: { work: (index) => isBare(alg, bare(index), publicKey) },
    ours: { work: (index) => verifyToken(kind, token(index), options) },
    ...(alg === 'HS256' ? {} : { sdk: sdkWay(material, token) }),
    jose: {
      isLater: true,
      work: (index) => jwtVerify(token(index), jose.public, { issuer, audience, typ, algorithms: [alg] }),
    },
    'fast-jwt': { work: (index) => byVerifier(token(index)) },
    ...(alg === 'EdDSA'
      ? {}
      : {
          jsonwebtoken: {
            work: (index) =>
              jsonwebtoken.verify(token(index), publicKey, { issuer, audience, algorithms: [alg] }),
          },
        }),
    'node-rs': { work: (index) => nodeRs.verifySync(token(index), publicText, spec) },
  }
}

/** `verify()` as an application calls it, with the keys that an issuer publishes. */
function sdkWay({ jwk }: Material, token: (index: number) => string): Way {
  const jwksUri = `${issuer}/jwks`
  const fetch = async (url: string | URL | Request) =>
    Response.json(String(url) === jwksUri ? { keys: [publicPart(jwk)] } : { issuer, jwks_uri: jwksUri })
  const verifier = createVerifier({ issuer, audience, fetch })
  return { isLater: true, work: (index) => verifier.verify(token(index)) }
}

function publicPart(jwk: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...published } = jwk
  return published
}

interface Split {
  readonly input: Buffer
  readonly signature: Buffer
}

function splitToken(token: string): Split {
  const cut = token.lastIndexOf('.')
  return {
    input: Buffer.from(token.slice(0, cut)),
    signature: Buffer.from(token.slice(cut + 1), 'base64url'),
  }
}

function bareSignature(alg: Algorithm, input: Buffer, key: KeyObject): Buffer {
  if (alg === 'HS256') return createHmac('sha256', key).update(input).digest()
  return sign(
    alg === 'EdDSA' ? null : 'sha256',
    input,
    alg === 'ES256' ? { key, dsaEncoding: 'ieee-p1363' } : key,
  )
}

function isBare(alg: Algorithm, { input, signature }: Split, key: KeyObject): boolean {
  if (alg === 'HS256') return timingSafeEqual(createHmac('sha256', key).update(input).digest(), signature)
  const how = alg === 'ES256' ? ({ key, dsaEncoding: 'ieee-p1363' } as const) : key
  return verify(alg === 'EdDSA' ? null : 'sha256', input, how, signature)
}
