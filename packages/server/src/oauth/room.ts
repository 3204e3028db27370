// What the rooms of OAuth share: the platform, the keys, the APIs, the clients, and how long things live.
import type { PasswordDoor } from '../accounts/credentials/prove-password.ts'
import type { Keyring } from '../platform/keys/keyring.ts'
import type { Platform } from '../platform/platform.ts'
import type { ApiCatalogue } from './apis/catalogue.ts'
import type { Logos } from './authorize/logos.ts'
import type { RequestObjects } from './authorize/request-uri.ts'
import type { MutualTls } from './binding/mutual-tls.ts'
import type { ProofNonces } from './binding/nonces.ts'
import type { ClientDirectory } from './clients/directory.ts'
import type { KeySources } from './clients/key-sources.ts'
import type { Lifetimes } from './lifetimes.ts'
import type { MetadataDocuments } from './metadata-documents/documents.ts'
import type { Rules } from './profiles/rules.ts'
import type { Registration } from './registration/rules.ts'
import type { Subjects } from './subjects/subjects.ts'
import type { VerifiedClaims } from './tokens/verified-claims.ts'

/** What every part of this room is given. */
export interface OAuthRoom {
  readonly platform: Platform
  readonly keyring: Keyring
  readonly apis: ApiCatalogue
  readonly clients: ClientDirectory
  /** What pages show of clients beside their names. */
  readonly logos: Logos
  /** The keys of clients, wherever they have them. */
  readonly clientKeys: KeySources
  /** The clients that nobody registered; null where there are none. */
  readonly documents: MetadataDocuments | null
  /** The requests that clients keep at addresses of theirs. */
  readonly requestObjects: RequestObjects
  /** By which names clients know people. */
  readonly subjects: Subjects
  /** The JWTs whose signatures needn't be verified again. */
  readonly verified: VerifiedClaims
  /** Within what the rules allow. */
  readonly lifetimes: Lifetimes
  /** Those of the profile that this server is run by. */
  readonly rules: Rules
  /** Whether clients may register themselves, and what for. */
  readonly registration: Registration
  /** Whether APIs and clients may have their tokens encrypted. */
  readonly encryptedTokens: boolean
  /** What DPoP proofs have to name (RFC 9449 §8); null where no nonce is asked for. */
  readonly dpopNonces: ProofNonces | null
  /** Where passwords are tried, for applications of the house; null where none are. */
  readonly door: PasswordDoor | null
  /** How clients' certificates reach this server (RFC 8705); null where none does. */
  readonly mutualTls: MutualTls | null
}
