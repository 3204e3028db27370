// What front ends send to djoser, whole.
import { changeFlows } from './djoser-flows-changes.ts'
import { peopleFlows } from './djoser-flows-people.ts'
import { signInFlows } from './djoser-flows-sign-in.ts'
import { strictFlows } from './djoser-flows-strict.ts'
import type { Flow } from './flows.ts'

/** Every flow. */
export const djoserFlows: readonly Flow[] = [...signInFlows, ...peopleFlows, ...changeFlows, ...strictFlows]
