// Logins of the Django wires that refuse with 400: the password is tried where every password is, and what is given
// belongs to the same commit.
import type { Credential } from '../../accounts/credentials/passwords.store.ts'
import type { SecondFactorRefusal } from '../../accounts/factors/prove-second.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import type { Incoming, Outgoing } from '../../platform/http/exchange.ts'
import type { Entered, Entrance, ProfileRoom } from '../enter.ts'
import { secondFactorWords } from '../second-factor.ts'
import type { FieldText } from '../wire/fields.ts'
import { tryPassword } from '../wire/try-password.ts'
import { answer, throttled } from '../wire/view.routes.ts'

/** A person who is in once the writes are committed. */
export type Came = Extract<Entered, { ok: true }>

/** What a person is given for coming in, and the writes that make it good. */
export interface Given {
  readonly answer: Outgoing
  readonly writes: WriteSet
}

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
 * @param give a `refusal` for somebody whose password is right, and who is not let in all the same
 * @param ask what somebody is told instead of a refusal who has a second factor and sent no code of it along
 * @throws Busy
 */
export async function letIn(
  room: ProfileRoom,
  request: Incoming,
  { name, ...typed }: Typed,
  give: (came: Came) => Promise<Given | { readonly refusal: Outgoing }>,
  ask?: (proven: Credential) => Promise<Outgoing>,
): Promise<Outgoing> {
  const entered = await tryPassword(room, request, { ...typed, name: name.trimmed })
  if (!entered.ok) {
    if (entered.because === 'limited') return throttled(entered.retryAfter)
    if (entered.because === 'second_factor_required' && ask !== undefined) return ask(entered.proven)
    return answer(400, entered.because === 'refused' ? notLetIn : lacking(entered.because))
  }
  const given = await give(entered)
  if ('refusal' in given) return given.refusal
  const committed = await room.platform.database.commit([entered.writes, given.writes])
  // Lost where the password or the person changed while this was on its way.
  return committed.ok ? given.answer : answer(400, notLetIn)
}
