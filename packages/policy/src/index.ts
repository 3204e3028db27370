// The face of @countersign/policy: who may do what, decided purely, with the reasons.
export { type Allowed, type Decision, decide, type Refused, type Requirement } from './decision.ts'
export type { Principal } from './principal.ts'
export { actedBy, allOf, anyOf, authenticatedWithin, hasRole, hasScope, not } from './requirements.ts'
