// What browsers are asked for, as the JSON that `PublicKeyCredential.parse…OptionsFromJSON` reads (WebAuthn Level 3
// §5.1.8, §5.1.9).
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server'
import type { Platform } from '../../platform/platform.ts'
import { productName } from '../../platform/platform.ts'
import { signInNameOf } from '../users/sign-in-name.ts'
import type { User } from '../users/users.store.ts'
import type { Verification } from './ceremonies.ts'
import { challengeSeconds } from './challenges.ts'
import type { Passkey } from './passkeys.store.ts'
import { algorithms } from './public-keys.ts'

type Listed = Pick<Passkey, 'credentialId' | 'transports'>

/**
 * What a browser is asked to make: a passkey that needs no user name, by an authenticator that verifies its person, on
 * none that has one already.
 *
 * @param userHandle what authenticators are to call the person
 */
export function creationOptions(
  { issuer }: Pick<Platform, 'issuer'>,
  challenge: string,
  user: Pick<User, 'name' | 'email' | 'username'>,
  userHandle: string,
  present: readonly Listed[],
): PublicKeyCredentialCreationOptionsJSON {
  return {
    rp: { id: issuer.domain ?? issuer.host, name: productName },
    user: { id: userHandle, name: signInNameOf(user), displayName: user.name },
    challenge,
    pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key', alg })),
    timeout: challengeSeconds * 1000,
    excludeCredentials: present.map(descriptorOf),
    // `requireResidentKey` says the same to browsers of WebAuthn Level 1.
    authenticatorSelection: {
      residentKey: 'required',
      requireResidentKey: true,
      userVerification: 'required',
    },
    attestation: 'none',
  }
}

/** What a browser is asked to sign. @param among the passkeys that will do; any of this site when left out */
export function requestOptions(
  { issuer }: Pick<Platform, 'issuer'>,
  challenge: string,
  userVerification: Verification,
  among: readonly Listed[] = [],
): PublicKeyCredentialRequestOptionsJSON {
  return {
    rpId: issuer.domain ?? issuer.host,
    challenge,
    timeout: challengeSeconds * 1000,
    userVerification,
    ...(among.length === 0 ? {} : { allowCredentials: among.map(descriptorOf) }),
  }
}

/**
 * What authenticators call a person: the same each time, so that a passkey that was forgotten here is replaced and not
 * joined by another; nothing that tells who it is or can be compared with another server's (WebAuthn §14.6.1).
 */
export function handleFor(
  { vault }: Pick<Platform, 'vault'>,
  userId: string,
  present: readonly Passkey[],
): string {
  const known = present.findLast(({ userHandle }) => userHandle !== null)?.userHandle
  return known ?? vault.mac('passkey user handle', userId)
}

function descriptorOf({ credentialId, transports }: Listed) {
  return {
    id: credentialId,
    type: 'public-key' as const,
    ...(transports.length === 0 ? {} : { transports: [...transports] as AuthenticatorTransport[] }),
  }
}
