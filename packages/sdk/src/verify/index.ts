// The face of `@countersign/sdk/verify`: checks access tokens in an API, without a framework and for every framework.
import type { Requirement } from '@countersign/policy'
import * as policy from '@countersign/policy'
import type { Role, Scope } from './register.ts'

export {
  actedBy,
  allOf,
  anyOf,
  type Decision,
  hasDetail,
  not,
  type Requirement,
} from '@countersign/policy'
export { getAuth, requireAuth } from './attached.ts'
export {
  type Authorized,
  type AuthorizeOptions,
  authorizeRequest,
  type Decide,
  type Question,
  type Resource,
} from './authorize.ts'
export type { BasicOptions } from './by-password.ts'
export type {
  CertificatePlace,
  CertificateTerms,
  CertifiedToken,
  ShownCertificate,
} from './client-certificate.ts'
export type { Verifiable } from './credentials.ts'
export type { DecryptionOptions } from './decryption.ts'
export type { BoundToken, Sent } from './dpop.ts'
export type { DpopOptions, DpopTerms, DpopUse } from './dpop-settings.ts'
export {
  ForbiddenError,
  InvalidRequestError,
  NotFoundError,
  RefusalError,
  UnauthenticatedError,
  UnavailableError,
} from './errors.ts'
export { type Answers, type AuthOptions, createGuard, type Guard, type Served } from './guard.ts'
export type { KeysFrom } from './keys.ts'
export type { Problem, Refusal, RefusalCode } from './refusal.ts'
export type {
  AuthorizationDetail,
  Claims,
  Permission,
  Principal,
  Register,
  Role,
  Scope,
} from './register.ts'
export { type MemoryReplayOptions, memoryReplay, type ReplayStore } from './replay.ts'
export type { Requirements } from './requirements.ts'
export { type MetadataOptions, type ResourceMetadata, resourceMetadata } from './resource-metadata.ts'
export type { FeedEvent } from './revocation-feed.ts'
export type { JsonWebKeySet, VerifierOptions } from './settings.ts'
export type { Bond, Unverified, Verification, Verified } from './verification.ts'
export { closeAuth, createVerifier, type Verifier } from './verifier.ts'

/** Needs all of the scopes, which are those of `Register` where the application has named them. */
export const hasScope: (...scopes: readonly Scope[]) => Requirement = policy.hasScope
/** Needs at least one of the roles, which are those of `Register` where the application has named them. */
export const hasRole: (...roles: readonly Role[]) => Requirement = policy.hasRole
