// The face of `@countersign/sdk/sign-out`: an application hears that a person's session has ended at the issuer.
export { memoryReplay, type ReplayStore } from '../verify/replay.ts'
export { type EndedSessions, memoryEndedSessions } from './ended-sessions.ts'
export {
  createSignOutReceiver,
  type SignedOut,
  SignOutError,
  type SignOutErrorCode,
  type SignOutReceiver,
  type SignOutReceiverOptions,
} from './receiver.ts'
