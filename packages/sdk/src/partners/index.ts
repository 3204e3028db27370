// The face of @countersign/sdk/partners: messages between partners that know each other by name.

export {
  type MemoryReplayOptions,
  memoryReplay,
  ReplayMemoryFull,
  type ReplayStore,
} from '../verify/replay.ts'
export { PartnerError, type PartnerErrorCode } from './errors.ts'
export { createPartners, type PartnerMessage, type Partners } from './partners.ts'
export type { JsonWebKeyMembers, Partner, PartnersOptions } from './settings.ts'
