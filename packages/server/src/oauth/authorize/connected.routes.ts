// The account page's buttons beside a client: one opens it, one takes its access away.
import { doneAt } from '../../accounts/account-deed.ts'
import { type Deed, signedInRoutes, type Visit } from '../../accounts/signed-in.routes.ts'
import { provenLocation, type Route, redirect } from '../../platform/http/exchange.ts'
import { Refusal } from '../../platform/http/failure.ts'
import type { Platform } from '../../platform/platform.ts'
import { paths } from '../paths.ts'
import { withdraw } from './connected.ts'
import { initiation } from './initiate.ts'

/** POST from the account page: access is withdrawn, or a sign-in at the client begins. */
export function connectedRoutes(platform: Platform): readonly Route[] {
  const route = signedInRoutes(platform, null)
  return [route('POST', paths.withdraw, withdrawAccess), route('POST', paths.open, open)]
}

const withdrawAccess: Deed = async (visit) => {
  await withdraw(visit.platform, { ...meantBy(visit), peer: visit.request.peer })
  return redirect(doneAt('app-removed'))
}

const open: Deed = async (visit) => {
  const address = await initiation(visit.platform, meantBy(visit))
  if (address === null) throw new Refusal(404)
  return redirect(provenLocation(address))
}

/** Whose button it is, and beside which client. @throws Refusal 400 for a form that names none */
function meantBy({ request, signedIn }: Visit): { readonly userId: string; readonly clientId: string } {
  const clientId = request.form.get('client')
  if (clientId === undefined) throw new Refusal(400)
  return { userId: signedIn.user.id, clientId }
}
