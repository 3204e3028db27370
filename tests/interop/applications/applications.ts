// Clients of npm, each in a minimal application of its own kind: what `npm test` runs, and `npm run interop` lists.
import type { ClientRun } from '../client-run.ts'
import { appauth } from './appauth.ts'
import { arctic } from './arctic.ts'
import { authCore } from './auth-core.ts'
import { betterAuthClient } from './better-auth.ts'
import { passportOauth2 } from './passport-oauth2.ts'
import { simpleOauth2 } from './simple-oauth2.ts'

export interface Application {
  /** The package of npm. */
  readonly name: string
  /** Beside this file. */
  readonly file: string
  /** Where its answers go to. */
  readonly callback: string
  run(run: ClientRun): Promise<void>
}

export const applications: readonly Application[] = [
  { name: '@auth/core', file: 'auth-core.ts', callback: '/auth/callback/countersign', run: authCore },
  { name: '@openid/appauth', file: 'appauth.ts', callback: '/callback', run: appauth },
  { name: 'arctic', file: 'arctic.ts', callback: '/callback', run: arctic },
  {
    name: 'better-auth',
    file: 'better-auth.ts',
    callback: '/api/auth/callback/countersign',
    run: betterAuthClient,
  },
  { name: 'passport-oauth2', file: 'passport-oauth2.ts', callback: '/callback', run: passportOauth2 },
  { name: 'simple-oauth2', file: 'simple-oauth2.ts', callback: '/callback', run: simpleOauth2 },
]
