// Passwords as Django REST framework takes them: without the spaces around them. Whoever really has such spaces must get
// in all the same, so the password is tried as it was typed first.
import type { Incoming } from '../../platform/http/exchange.ts'
import { type Entered, type Entrance, enter, type ProfileRoom } from '../enter.ts'
import type { FieldText } from './fields.ts'

/** As `enter`, with what was typed and then without the spaces around it. @throws Busy */
export async function tryPassword(
  room: ProfileRoom,
  request: Incoming,
  { password, ...asking }: Omit<Entrance, 'password'> & { readonly password: FieldText },
): Promise<Entered> {
  const asSent = await enter(room, request, { ...asking, password: password.sent })
  if (asSent.ok || asSent.because !== 'refused' || password.sent === password.trimmed) return asSent
  return enter(room, request, { ...asking, password: password.trimmed })
}
