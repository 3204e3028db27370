// The account page's buttons beside a client: one opens it, one takes its access away.
import { doneAt } from '../../accounts/account-deed.ts'
import { currentSession } from '../../accounts/sessions/sessions.ts'
import { localPath, provenLocation, type Route, redirect } from '../../platform/http/exchange.ts'
import { Refusal } from '../../platform/http/failure.ts'
import type { Platform } from '../../platform/platform.ts'
import { paths } from '../paths.ts'
import { withdraw } from './connected.ts'
import { initiation } from './initiate.ts'

/** POST from the account page: access is withdrawn, or a sign-in at the client begins. */
export function connectedRoutes(platform: Platform): readonly Route[] {
  return [
    {
      method: 'POST',
      path: paths.withdraw,
      caller: 'browser',
      run: async (request) => {
        const signedIn = await currentSession(platform, request)
        if (signedIn === null) return redirect(localPath('/sign-in'))
        const clientId = request.form.get('client')
        if (clientId === undefined) throw new Refusal(400)
        await withdraw(platform, { userId: signedIn.user.id, clientId, peer: request.peer })
        return redirect(doneAt('app-removed'))
      },
    },
    {
      method: 'POST',
      path: paths.open,
      caller: 'browser',
      run: async (request) => {
        const signedIn = await currentSession(platform, request)
        if (signedIn === null) return redirect(localPath('/sign-in'))
        const clientId = request.form.get('client')
        if (clientId === undefined) throw new Refusal(400)
        const address = await initiation(platform, { userId: signedIn.user.id, clientId })
        if (address === null) throw new Refusal(404)
        return redirect(provenLocation(address))
      },
    },
  ]
}
