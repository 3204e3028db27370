// Logins of the Django wires that refuse with 400: the password is tried where every password is, and what is given
// belongs to the same commit.
import type { Credential } from '../../accounts/credentials/passwords.store.ts'
import type { SecondFactorRefusal } from '../../accounts/factors/prove-second.ts'
import type { Incoming, Outgoing } from '../../platform/http/exchange.ts'
import { answerTo, type Entrance, type ProfileRoom, type Refusals } from '../enter.ts'
import { secondFactorWords } from '../second-factor.ts'
import type { FieldText } from '../wire/fields.ts'
import { tryPassword } from '../wire/try-password.ts'
import { answer, throttled } from '../wire/view.routes.ts'

/** Who asks to come in, as it was typed. */
export interface Typed extends Omit<Entrance, 'name' | 'password'> {
  readonly name: FieldText
  readonly password: FieldText
}

/** Wrong, unknown, disabled: nobody is told which. */
export const notLetIn = { non_field_errors: ['Unable to log in with provided credentials.'] } as const

/** The password is right, the second factor is what is missing. */
export function lacking(code: SecondFactorRefusal): unknown {
  return { non_field_errors: [secondFactorWords[code]], code }
}

/**
 * Tries a password and gives what is given for it.
 * @param give as of `answerTo`
 * @param ask what somebody is told instead of a refusal who has a second factor and sent no code of it along
 * @throws Busy
 */
export async function letIn(
  room: ProfileRoom,
  request: Incoming,
  { name, ...typed }: Typed,
  give: Parameters<typeof answerTo>[3],
  ask?: (proven: Credential) => Promise<Outgoing>,
): Promise<Outgoing> {
  const refusals: Refusals = {
    refused: answer(400, notLetIn),
    limited: throttled,
    lacking: (code, proven) =>
      code === 'second_factor_required' && ask !== undefined ? ask(proven) : answer(400, lacking(code)),
  }
  return answerTo(room, await tryPassword(room, request, { ...typed, name: name.trimmed }), refusals, give)
}
