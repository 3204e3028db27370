// Every state that a page can be in, with its words passed through `say`: as they are for looking at pages, hostile
// for proving that nothing a page is told can become markup.
import type { Frame } from '../../packages/server/src/platform/html/layout.ts'
import { accountStates } from './states/account.ts'
import { approveStates } from './states/approve.ts'
import { consentStates } from './states/consent.ts'
import { deviceStates } from './states/device.ts'
import { factorStates } from './states/factors.ts'
import { errorStates, inspectorStates, mailboxStates, welcomeStates } from './states/other.ts'
import { passkeyStates } from './states/passkeys.ts'
import { recoveryStates } from './states/recovery.ts'
import { signInStates, signOutStates, signUpStates } from './states/sign-in.ts'
import type { Say } from './states/state.ts'
import { simulatorStates, upstreamStates } from './states/upstreams.ts'

/** The page of every state, by the state's name; all free text has gone through `say`. */
export function pageStates(say: Say = (words) => words, nonce = 'bm9uY2U'): ReadonlyMap<string, string> {
  const frame: Frame = {
    nonce,
    lang: 'en',
    csrf: say('Zm9ybS10b2tlbi1mb3ItdGhpcy1icm93c2VyLW9ubHk'),
    product: say('Countersign'),
    host: say('localhost:4400'),
  }
  const states = [
    ...signInStates(say, frame),
    ...signUpStates(say, frame),
    ...signOutStates(say, frame),
    ...recoveryStates(say, frame),
    ...upstreamStates(say, frame),
    ...simulatorStates(say, frame),
    ...consentStates(say, frame),
    ...deviceStates(say, frame),
    ...approveStates(say, frame),
    ...accountStates(say, frame),
    ...factorStates(say, frame),
    ...passkeyStates(say, frame),
    ...errorStates(say, frame),
    ...welcomeStates(say, frame),
    ...inspectorStates(say, frame),
    ...mailboxStates(say, frame),
  ]
  return new Map(states.map(([name, page]) => [name, String(page)]))
}
