// A walk through the package as a platform without node:crypto, Buffer and process takes it: given keys and tokens, it
// makes what Node then checks (tests/harness/web-walk-check.ts). Imports nothing of the package: it is handed over as the
// platform has it.
import type { AccessClaims, TokenClaims, VerifyTokenOptions } from '../index.ts'

/** Keys and tokens that Node made. */
export interface Given {
  readonly now: number
  readonly issuer: string
  readonly audience: string
  readonly claims: Readonly<Record<string, unknown>>
  readonly proof: TokenClaims['dpop']
  readonly privateJwk: Readonly<Record<string, unknown>>
  readonly secretJwk: Readonly<Record<string, unknown>>
  readonly encryptionJwk: Readonly<Record<string, unknown>>
  readonly publicSet: unknown
  readonly token: string
  readonly encrypted: string
  readonly detached: string
}

type Protocol = typeof import('../index.ts')
type Jwe = typeof import('../jwe.ts')

/** @returns what can be sent as JSON */
export async function walk(given: Given, protocol: Protocol, jwe: Jwe): Promise<object> {
  const { now, issuer, audience, claims } = given
  const keys = await protocol.importJwkSetAsync(given.publicSet)
  const key = await protocol.importPrivateJwkAsync(given.privateJwk)
  const options: VerifyTokenOptions = { keys, issuer, audience, now }
  const { kid: _kid, ...anonymous } = protocol.publicJwk(key)
  const secret = await protocol.importSecretJwkAsync(given.secretJwk)
  const decryption = await jwe.importDecryptionJwk(given.encryptionJwk)
  const payload = new TextEncoder().encode('beside')

  const verified = await protocol.verifyTokenAsync('access', given.token, options)
  const opened = await jwe.decryptToken('access', given.encrypted, {
    ...options,
    decryption: () => decryption,
  })
  const signed = await protocol.signTokenAsync('access', claims as AccessClaims, key)
  const [head = '', body = ''] = given.token.split('.')
  return {
    verified: verified.claims,
    opened: opened.claims,
    signed,
    encrypted: await jwe.encryptToken(signed, decryption),
    proof: await protocol.signDpopProofAsync(given.proof, key),
    detached: await protocol.signDetachedAsync({}, payload, key),
    mac: await protocol.signJwsAsync({}, { a: 1 }, secret),
    heard: (await protocol.verifyDetachedAsync(given.detached, payload, () => key)).header,
    stored: await protocol.privateJwkAsync(key),
    thumbprint: protocol.thumbprint(anonymous),
    challenge: protocol.codeChallenge('v'.repeat(43)),
    opaque: protocol.digest('some-opaque-token'),
    refusals: {
      otherAudience: await refusal(() =>
        protocol.verifyTokenAsync('access', given.token, { ...options, audience: 'x' }),
      ),
      noSignature: await refusal(() => protocol.verifyTokenAsync('access', `${head}.${body}.`, options)),
      otherKey: await refusal(() =>
        protocol.verifyTokenAsync('access', signed, { ...options, keys: () => undefined }),
      ),
      misspelt: await refusal(() => protocol.verifyTokenAsync('access', `${given.token}=`, options)),
      badPoint: await refusal(() => protocol.importPublicJwkAsync({ ...anonymous, x: anonymous.y })),
      atOnce: await refusal(() => protocol.importPrivateJwk(given.privateJwk)),
      verifiedAtOnce: await refusal(() => protocol.verifyToken('access', given.token, options)),
    },
  }
}

/** The code of a refusal. */
async function refusal(run: () => unknown): Promise<string> {
  try {
    await run()
    return 'none'
  } catch (error) {
    const { name, code } = error as { name: string; code?: string }
    return `${name} ${code}`
  }
}
