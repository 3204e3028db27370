// The face of @countersign/policy: who may do what, decided purely, with the reasons.
export { type Allowed, type Decision, decide, type Refused, type Requirement } from './decision.ts'
export type { AuthorizationDetail, Principal } from './principal.ts'
export {
  actedBy,
  allOf,
  anyOf,
  authenticatedWithin,
  hasDetail,
  hasRole,
  hasScope,
  not,
} from './requirements.ts'
