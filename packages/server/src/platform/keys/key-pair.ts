// Makes key pairs; with `runtime.ts`, the only source of chance.
import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { thumbprint } from '@countersign/protocol'

/** What this server can sign with. RS256 "MUST be included" (OpenID Connect Discovery §3). */
export const signingAlgorithms = ['ES256', 'RS256'] as const
/** A name of RFC 7518 §3.1. */
export type SigningAlgorithm = (typeof signingAlgorithms)[number]

const generate = promisify(generateKeyPair)

/**
 * A new private key as a JWK that says its algorithm and use; its `kid` is its thumbprint (RFC 7638), and nothing that a
 * command line takes for an option: `countersign keys retire` is for emergencies.
 */
export async function makePrivateJwk(
  alg: SigningAlgorithm,
): Promise<Readonly<Record<string, unknown>> & { readonly kid: string }> {
  const { privateKey } =
    alg === 'ES256'
      ? await generate('ec', { namedCurve: 'P-256' })
      : await generate('rsa', { modulusLength: 2048, publicExponent: 65537 })
  const bare = privateKey.export({ format: 'jwk' }) as Record<string, unknown>
  const kid = thumbprint(bare)
  return kid.startsWith('-') ? makePrivateJwk(alg) : { ...bare, kid, alg, use: 'sig' }
}
