// The same claims in every form that people put them into, each made for real with a key of its own, and what each form
// can't say. JWT (RFC 7519), Simple Web Token (draft 0.9.5.1), SAML 2.0.
import { createPrivateKey } from 'node:crypto'
import {
  importPrivateJwk,
  importSecretJwk,
  isJwsAlgorithm,
  type JwsAlgorithm,
  signJws,
} from '@countersign/protocol'
import { KeyNotMade, makeKey, type NewKey } from '../../../platform/keys/new-key.ts'
import type { Runtime } from '../../../platform/runtime.ts'
import { makeSaml, NotXml, type SamlSigner } from './saml.ts'
import { makeSwt } from './swt.ts'

/** The claims in one form. */
export interface Form {
  /** As `--show` names it. */
  readonly name: string
  readonly format: 'JWT' | 'SWT' | 'SAML 2.0'
  readonly signature: string
  /** Null where the form can't hold these claims. */
  readonly token: string | null
  /** Bytes as written. */
  readonly bytes: number | null
  /** Bytes as a field of a form: percent-encoded, and XML in base64 before (SAML Bindings §3.5.4). */
  readonly inForm: number | null
  /** Claims that it carries as text alone, which the receiver has to take apart. */
  readonly flattened: readonly string[]
  /** Why there is none. */
  readonly why?: string
}

/** Claims as an issuer of access tokens makes them: eight, most of them text. */
export const exampleClaims = {
  iss: 'https://id.example.com',
  sub: 'usr_019ab3c2d4e57f6a8b9c',
  aud: 'https://api.example.com',
  client_id: 'web-shop',
  iat: 1_800_000_000,
  exp: 1_800_000_300,
  jti: 'Yl3dIrYQ2oW8Zt1xGk7s5w',
  scope: 'orders:read orders:write',
} as const

const jwtAlgorithms = [
  'HS256',
  'ES256',
  'Ed25519',
  'RS256',
  'ML-DSA-44',
] as const satisfies readonly JwsAlgorithm[]

/** Every form, smallest first. Keys are made for it and forgotten. */
export async function formsOf(claims: Readonly<Record<string, unknown>>, runtime: Runtime): Promise<Form[]> {
  const made = await Promise.all(jwtAlgorithms.map((alg) => keyOf(alg, runtime)))
  const rsa = made[jwtAlgorithms.indexOf('RS256')] ?? (await makeKey({ alg: 'RS256' }, runtime))
  const forms = [
    ...jwtAlgorithms.map((alg, index) => jwtForm(claims, alg, made[index] ?? null)),
    swtForm(claims, Buffer.from(runtime.secret(32), 'base64url')),
    samlForm(
      claims,
      { privateKey: createPrivateKey({ key: { ...rsa }, format: 'jwk' }), keyName: rsa.kid },
      runtime,
    ),
  ]
  return forms.toSorted(
    (a, b) => (a.bytes ?? Number.POSITIVE_INFINITY) - (b.bytes ?? Number.POSITIVE_INFINITY),
  )
}

async function keyOf(alg: JwsAlgorithm, runtime: Runtime): Promise<NewKey | null> {
  return makeKey({ alg }, runtime).catch((error: unknown) => {
    if (error instanceof KeyNotMade) return null
    throw error
  })
}

function jwtForm(claims: Readonly<Record<string, unknown>>, alg: JwsAlgorithm, jwk: NewKey | null): Form {
  const row = { name: alg.toLowerCase(), format: 'JWT', signature: alg, flattened: [] } as const
  if (jwk === null || !isJwsAlgorithm(jwk.alg))
    return { ...row, token: null, bytes: null, inForm: null, why: 'This Node.js lacks the algorithm.' }
  const key = jwk['kty'] === 'oct' ? importSecretJwk(jwk) : importPrivateJwk(jwk)
  return { ...row, ...measured(signJws({ typ: 'JWT' }, claims, key)) }
}

function swtForm(claims: Readonly<Record<string, unknown>>, secret: Uint8Array): Form {
  const { token, losses } = makeSwt(claims, secret)
  return { name: 'swt', format: 'SWT', signature: 'HMAC-SHA256', flattened: losses, ...measured(token) }
}

function samlForm(claims: Readonly<Record<string, unknown>>, signer: SamlSigner, runtime: Runtime): Form {
  const row = { name: 'saml', format: 'SAML 2.0', signature: 'RSA-SHA256' } as const
  try {
    const { token, losses } = makeSaml(claims, signer, runtime.now())
    const { bytes } = measured(token)
    const sent = measured(Buffer.from(token).toString('base64'))
    return { ...row, token, bytes, inForm: sent.inForm, flattened: losses }
  } catch (error) {
    if (!(error instanceof NotXml)) throw error
    return { ...row, token: null, bytes: null, inForm: null, flattened: [], why: error.message }
  }
}

function measured(token: string): {
  readonly token: string
  readonly bytes: number
  readonly inForm: number
} {
  return { token, bytes: Buffer.byteLength(token), inForm: encodeURIComponent(token).length }
}

/** What holds of a form whatever the claims are. */
export const limits: readonly { readonly format: Form['format']; readonly words: string }[] = [
  {
    format: 'SWT',
    words:
      'only shared secrets, so whoever verifies can forge; every value is text, a list or an object has no form of its own; no name for the key or the time of issue; no standard beyond a draft of 2009.',
  },
  {
    format: 'JWT',
    words:
      'base64 makes a third more of the JSON; numbers are doubles; no schema says what a claim must look like; what a verifier must check is spread over many RFCs.',
  },
  {
    format: 'SAML 2.0',
    words:
      'XML signatures need a canonical form and a parser that many get wrong; values are text here, as most issuers write them; too large for a header of every request. Real ones are larger still: they mostly bring a certificate along, some 1.5 kB.',
  },
]
