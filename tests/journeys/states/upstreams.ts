// States of signing in with someone else.
import type { Frame } from '../../../packages/server/src/platform/html/layout.ts'
import { linkPage } from '../../../packages/server/src/signin/upstreams/link.page.ts'
import { simulatorPage } from '../../../packages/server/src/signin/upstreams/simulators/simulator.page.ts'
import {
  type UpstreamErrorCause,
  upstreamErrorPage,
} from '../../../packages/server/src/signin/upstreams/upstream-error.page.ts'
import { type Say, type State, upstreams } from './state.ts'

export function upstreamStates(say: Say, frame: Frame): State[] {
  const { google } = upstreams(say)
  const link = {
    upstream: google,
    email: say('ada@example.test'),
    action: '/sign-in/link',
    hidden: { flow: say('c2VhbGVk') },
    cancel: '/sign-in',
    problems: [],
  }
  const wrong = { field: 'password', message: say('This is not the password of this account') }
  const causes: UpstreamErrorCause[] = [
    'unreachable',
    'invalid',
    'expired',
    'linked-elsewhere',
    'closed',
    'disabled',
  ]
  return [
    ['link', linkPage(link, frame)],
    ['link-no-password', linkPage({ ...link, hasPassword: false }, frame)],
    ['link-wrong', linkPage({ ...link, problems: [wrong] }, frame)],
    ...causes.map(
      (cause): State => [
        `upstream-${cause}`,
        upstreamErrorPage(
          {
            upstream: google,
            cause,
            continueTo: say('c2Vh'),
            signIn: '/sign-in',
            requestId: say('req_01K6'),
          },
          frame,
        ),
      ],
    ),
  ]
}

export function simulatorStates(say: Say, frame: Frame): State[] {
  const { google, facebook } = upstreams(say)
  const people = [
    { id: say('ada'), name: say('Ada Lovelace'), email: say('ada@example.test') },
    { id: say('grace'), name: say('Grace Hopper'), email: say('grace@example.test') },
    { id: say('alan'), name: say('Alan Turing'), email: null },
  ]
  const simulator = { returnsTo: say('localhost:4400'), people, hidden: { state: say('c3RhdGU') } }
  return [
    [
      'simulator-google',
      simulatorPage({ ...simulator, provider: google, action: '/dev/idp/google/authorize' }, frame),
    ],
    [
      'simulator-facebook',
      simulatorPage(
        {
          ...simulator,
          provider: facebook,
          action: '/dev/idp/facebook/authorize',
        },
        frame,
      ),
    ],
  ]
}
