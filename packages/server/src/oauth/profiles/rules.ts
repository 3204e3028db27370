// Profiles: named sets of rules, one of which a server is run by (COUNTERSIGN_PROFILE). What a profile asks for is written
// here alone; each rule is read in one place, by who does what it is about, and the metadata say what comes of it.
import {
  deviceGrant,
  type JwsAlgorithm,
  type JwsHeader,
  type KeySet,
  type VerificationKey,
} from '@countersign/protocol'
import type { Lifetimes } from '../lifetimes.ts'

/** All there is, or what is named. */
export type Choice<T extends string> = 'all' | readonly T[]

/** What a server does and doesn't, beyond what every profile has in common. */
export interface Rules {
  /** Methods of client authentication, by their registered names; clients of other methods are not served. */
  readonly clientAuthentication: Choice<string>
  /** What may sign: ID tokens and answers of ours; assertions, requests and DPoP proofs of clients. */
  readonly signatures: Choice<JwsAlgorithm>
  /** Grants, by their wire names, that no client has here. */
  readonly withoutGrants: readonly string[]
  /** Whether every authorization request has to be pushed (RFC 9126 §5), not only those of clients registered so. */
  readonly pushedRequestsOnly: boolean
  /** Whether every access token is bound to a key of its client (RFC 9449, RFC 8705). */
  readonly boundTokensOnly: boolean
  /** Whether a signed request has to say since when it is good; that it ends within an hour holds everywhere. */
  readonly datedRequestsOnly: boolean
  /** Whether scopes of an API are given only to who names the API by `resource` (RFC 8707). */
  readonly resourceRequired: boolean
  /**
   * Whether a client with the grant refresh_token that asks for an API outside of OpenID Connect is taken to ask for
   * `offline_access` as well: of the person, who may refuse it.
   */
  readonly offlineImplied: boolean
  /** Whether a refresh token is spent by its use, and another one given (OAuth 2.1 §4.3.1). */
  readonly refreshRotation: boolean
  /** Longest lives, in seconds, whatever the settings say. */
  readonly atMost: Partial<Lifetimes>
  /** Who may register clients (RFC 7591): nobody, who has an initial access token, or anyone. */
  readonly registration: 'closed' | 'by token' | 'open'
  /** Whether the address of a metadata document is a client's id. */
  readonly metadataDocuments: boolean
  /**
   * Whether errors are sent by themselves to clients too that nobody here vouches for, though they make of an address of
   * ours one that leads anywhere (RFC 9700 §4.11.2).
   */
  readonly sendsErrorsAnywhere: boolean
  /** Whether it is for tests alone; a server that serves people refuses to start with it. */
  readonly testOnly: boolean
}

/** OAuth 2.1 and OpenID Connect as they are: each client by its own registration. */
const usual: Rules = Object.freeze({
  clientAuthentication: 'all',
  signatures: 'all',
  withoutGrants: [],
  pushedRequestsOnly: false,
  boundTokensOnly: false,
  datedRequestsOnly: false,
  resourceRequired: false,
  offlineImplied: false,
  refreshRotation: true,
  atMost: {},
  registration: 'closed',
  metadataDocuments: false,
  sendsErrorsAnywhere: false,
  testOnly: false,
})

/** Every profile. */
export const profiles = {
  default: usual,
  /**
   * FAPI 2.0 Security Profile; and Message Signing, for whichever of its parts a client is registered for. Section numbers
   * are the former's.
   */
  fapi2: Object.freeze<Rules>({
    ...usual,
    // §5.3.2.1: "shall authenticate clients using one of ... MTLS ..., private_key_jwt".
    clientAuthentication: ['private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'],
    // §5.4.1: "shall use PS256, ES256, or EdDSA (using the Ed25519 variant) algorithms".
    signatures: ['PS256', 'ES256', 'EdDSA', 'Ed25519'],
    // It knows no grant whose request a browser or another device carries unpushed.
    withoutGrants: [deviceGrant],
    // §5.3.2.2: "shall reject authorization requests sent without the use of PAR".
    pushedRequestsOnly: true,
    // §5.3.2.1: "shall only issue sender-constrained access tokens".
    boundTokensOnly: true,
    // Message Signing §5.3.1: "shall require the request object to contain an nbf claim".
    datedRequestsOnly: true,
    // §5.3.2.1: "shall not use refresh token rotation except in extraordinary circumstances": a token is worth nothing
    // without the client's key, and a lost answer would lock it out.
    refreshRotation: false,
    // §5.3.2.2: codes of "a maximum lifetime of 60 seconds", request URIs of less than 600.
    atMost: { code: 60, pushedRequest: 599, refreshGrace: 0 },
  }),
  /**
   * What the Model Context Protocol's authorization asks of a server: clients that nobody knew before, and tokens for
   * one API.
   */
  mcp: Object.freeze<Rules>({
    ...usual,
    resourceRequired: true,
    // Its clients ask for the scopes that the API names, and expect refresh tokens for the grant that they registered.
    offlineImplied: true,
    registration: 'open',
    metadataDocuments: true,
  }),
  /** What a certification suite needs of the server that it tries. */
  conformance: Object.freeze<Rules>({
    ...usual,
    registration: 'open',
    metadataDocuments: true,
    sendsErrorsAnywhere: true,
    testOnly: true,
  }),
} as const satisfies Record<string, Rules>

/** The name of a profile. */
export type ProfileName = keyof typeof profiles

/** Every name. */
export const profileNames = Object.freeze(Object.keys(profiles)) as readonly ProfileName[]

/** Whether a choice leaves a value. */
export function allows(choice: Choice<string>, value: string): boolean {
  return choice === 'all' || choice.includes(value)
}

/**
 * Whether a key may check a signature. EdDSA is the name of two curves (RFC 9864 §2.2): a choice means those that it names.
 *
 * @param members of the key, as in a JWK
 */
export function allowsKey(choice: Choice<string>, alg: string, { crv }: { readonly crv?: unknown }): boolean {
  return allows(choice, alg) && (alg !== 'EdDSA' || allows(choice, String(crv)))
}

/** What finds the keys of a set that a choice leaves, by a token's header. */
export function keysWithin(choice: Choice<string>, keys: KeySet) {
  return (header: JwsHeader): VerificationKey | undefined => {
    const key = keys.find(header)
    return key !== undefined && allowsKey(choice, header.alg, key.members) ? key : undefined
  }
}

/** What a choice leaves of some values, in their order. */
export function among<T extends string>(choice: Choice<string>, values: readonly T[]): readonly T[] {
  return values.filter((value) => allows(choice, value))
}

/** Lifetimes within a profile's bounds. */
export function within(rules: Pick<Rules, 'atMost'>, lifetimes: Lifetimes): Lifetimes {
  const shortened = Object.entries(rules.atMost).map(([name, longest]) => {
    const wanted = lifetimes[name as keyof Lifetimes]
    return [name, Math.min(wanted, longest)] as const
  })
  return { ...lifetimes, ...Object.fromEntries(shortened) }
}
