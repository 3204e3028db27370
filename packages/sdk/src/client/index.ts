// `@countersign/sdk/client`: sign in from the browser. Web APIs only, no dependencies, at most 6 kB min+gzip.
export type { BasicClientOptions, BasicCredentials, BasicEvents, BasicSession } from './basic.ts'
export { createClient, type Session } from './client.ts'
export { AuthError } from './errors.ts'
export type {
  ClientOptions,
  SessionEvents,
  SignInOptions,
  SignOutOptions,
  Store,
  User,
} from './types.ts'
