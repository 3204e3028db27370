// The authorization page of every simulated provider: who asks is checked, a person picked, an answer sent back.
import type { Parameters } from '@countersign/protocol'
import { frameOf } from '../../../platform/html/frame.ts'
import {
  type Outgoing,
  page,
  provenLocation,
  type Route,
  redirect,
  text,
} from '../../../platform/http/exchange.ts'
import { nameOf, type Person } from './people.ts'
import { simulatorPage } from './simulator.page.ts'
import type { Simulator } from './simulator.ts'

/** How one provider talks with a person. */
export interface Dialogue {
  /** Path of the page, below the simulator's. */
  readonly path: string
  readonly people: readonly Person[]
  /** Where the browser goes once a person was picked. */
  granted(person: Person, form: Parameters): string
  /** Where it goes when the person refused. */
  refused(form: Parameters): string
}

/** Parameters of the request that the form carries along. */
export const carried = [
  'client_id',
  'redirect_uri',
  'response_type',
  'scope',
  'state',
  'nonce',
  'code_challenge',
  'code_challenge_method',
] as const

/** The page on which a person says yes or no, and the way back. */
export function dialogueRoutes(simulator: Simulator, dialogue: Dialogue): readonly Route[] {
  const { platform, upstream } = simulator
  const path = simulator.path + dialogue.path
  const fault = (asked: Parameters): Outgoing | null => {
    const code = simulator.faultOf(asked)
    return code === null ? null : text(400, `${upstream.name} (simulated) refuses this request: ${code}\n`)
  }
  return [
    {
      method: 'GET',
      path,
      caller: 'development',
      run: (request) =>
        fault(request.query) ??
        page(
          simulatorPage(
            {
              provider: upstream,
              returnsTo: platform.issuer.host,
              people: dialogue.people.map((person) => ({ ...person, name: nameOf(person) })),
              action: path,
              hidden: Object.fromEntries(carried.map((name) => [name, request.query.get(name)])),
            },
            frameOf(platform, request),
          ),
        ),
    },
    {
      method: 'POST',
      path,
      caller: 'development',
      run: ({ form }) => {
        const refusal = fault(form)
        if (refusal !== null) return refusal
        if (form.get('decision') === 'deny') return redirect(provenLocation(dialogue.refused(form)))
        const person = dialogue.people.find(({ id }) => id === form.get('person'))
        return person === undefined
          ? text(400, 'Nobody of that name has an account here.\n')
          : redirect(provenLocation(dialogue.granted(person, form)))
      },
    },
  ]
}
