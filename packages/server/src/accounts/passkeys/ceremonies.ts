// The two ceremonies of WebAuthn Level 3: what a browser brings after one, checked as §7.1 (registering) and §7.2
// (signing in) say. The library is loaded with the first passkey; most processes never need it.
//
// Attestation is neither asked for nor looked at: whatever statement comes is set aside before the library sees it, so
// that nobody's certificates are parsed, and no revocation list is fetched from an address that a stranger sent.
import type { Issuer } from '../../platform/http/issuer.ts'
import type { Passkey, PasskeyUse } from './passkeys.store.ts'
import { algorithms, isSoundKey } from './public-keys.ts'
import { isOnOwnPage, type SentAssertion, type SentCreation, transportsOf } from './responses.ts'

/** What an authenticator has made. */
export interface Created extends PasskeyUse {
  readonly credentialId: string
  /** A COSE_Key that may be kept. */
  readonly publicKey: Uint8Array<ArrayBuffer>
  readonly transports: readonly string[]
}

/** Whether the authenticator must have verified the person, or a touch is enough. */
export type Verification = 'required' | 'preferred'

/**
 * The passkey that was made for this challenge, at our origin, for our domain, by a person whom the authenticator has
 * verified; null when any of that isn't so.
 */
export async function verifyCreation(
  issuer: Issuer,
  challenge: string,
  sent: SentCreation,
): Promise<Created | null> {
  if (issuer.domain === null || !isOnOwnPage(sent.response.clientDataJSON)) return null
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server')
  const verified = await verifyRegistrationResponse({
    response: { ...sent, response: { ...sent.response, attestationObject: await withoutStatement(sent) } },
    expectedChallenge: challenge,
    expectedOrigin: issuer.origin,
    expectedRPID: issuer.domain,
    requireUserVerification: true,
    supportedAlgorithmIDs: [...algorithms],
  }).catch(() => null)
  if (verified === null || !verified.verified) return null
  const { credential, userVerified, credentialDeviceType, credentialBackedUp } = verified.registrationInfo
  if (credential.id !== sent.id || !(await isSoundKey(credential.publicKey))) return null
  return {
    credentialId: credential.id,
    publicKey: credential.publicKey,
    transports: transportsOf(credential.transports),
    signCount: credential.counter,
    backupEligible: credentialDeviceType === 'multiDevice',
    backedUp: credentialBackedUp,
    userVerified,
  }
}

/**
 * What the authenticator says of itself, after its signature was found to be this passkey's, over this challenge, at our
 * origin and for our domain; null when any of that isn't so. The count is for the caller to judge, who knows by then that
 * it is no stranger's.
 *
 * @param named whether somebody else than the passkey has said whose it is; otherwise it has to say so itself
 */
export async function verifyAssertion(
  issuer: Issuer,
  challenge: string,
  sent: SentAssertion,
  passkey: Passkey,
  { verification, named }: { readonly verification: Verification; readonly named: boolean },
): Promise<PasskeyUse | null> {
  if (issuer.domain === null || !isOnOwnPage(sent.response.clientDataJSON)) return null
  if (!isOf(passkey, sent.response.userHandle, named)) return null
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server')
  const checked = await verifyAuthenticationResponse({
    response: sent,
    expectedChallenge: challenge,
    expectedOrigin: issuer.origin,
    expectedRPID: issuer.domain,
    requireUserVerification: verification === 'required',
    // Below every count: what the library would say about one, it would say before it looks at the signature.
    credential: { id: passkey.credentialId, publicKey: passkey.publicKey, counter: -1 },
  }).catch(() => null)
  if (checked === null || !checked.verified) return null
  const { newCounter, userVerified, credentialDeviceType, credentialBackedUp } = checked.authenticationInfo
  const backupEligible = credentialDeviceType === 'multiDevice'
  // §7.2: an authenticator says the same of this for ever.
  if (passkey.backupEligible !== null && passkey.backupEligible !== backupEligible) return null
  return { signCount: newCounter, backupEligible, backedUp: credentialBackedUp, userVerified }
}

/** Whether a count tells that two authenticators hold the key (§7.2 step 22): it is not above the last one. */
export function wentBack(last: number, now: number): boolean {
  return (last > 0 || now > 0) && now <= last
}

function isOf(passkey: Passkey, userHandle: string | undefined, named: boolean): boolean {
  // Nobody has told us how it calls its person: the key has to be enough.
  if (passkey.userHandle === null) return true
  return userHandle === undefined ? named : userHandle === passkey.userHandle
}

/** The attestation object, whose statement is empty, as if its authenticator had been asked for none (§8.7). */
async function withoutStatement(sent: SentCreation): Promise<string> {
  const { decodeAttestationObject, isoCBOR } = await import('@simplewebauthn/server/helpers')
  try {
    const made = decodeAttestationObject(
      new Uint8Array(Buffer.from(sent.response.attestationObject, 'base64url')),
    )
    const plain = new Map<string, unknown>([
      ['fmt', 'none'],
      ['attStmt', new Map()],
      ['authData', made.get('authData')],
    ])
    return Buffer.from(isoCBOR.encode(plain as Parameters<typeof isoCBOR.encode>[0])).toString('base64url')
  } catch {
    // No CBOR at all, as the library will find too.
    return ''
  }
}
