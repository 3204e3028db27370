// `GET /`: in development every address and who may sign in; in production a quiet page.
import { currentSession } from '../accounts/sessions/sessions.ts'
import { frameOf } from '../platform/html/frame.ts'
import { page, type Route } from '../platform/http/exchange.ts'
import type { Platform } from '../platform/platform.ts'
import { seededClients, seededPassword, seededPeople } from './seed.ts'
import { type WelcomePageModel, welcomePage } from './welcome.page.ts'

/** GET /. @param bank the sample bank’s origin; null when it is not started with the server */
export function welcomeRoutes(platform: Platform, bank: string | null): Route[] {
  const model: WelcomePageModel = platform.development
    ? {
        mode: 'development',
        issuer: platform.issuer.url,
        bank,
        people: seededPeople.map(({ username, email, title }) => ({ username, email, role: title })),
        password: seededPassword,
        clients: seededClients({ bank: bank ?? 'http://localhost:4401' }).map(({ id, what }) => ({
          clientId: id,
          what,
        })),
        addresses: [
          { href: '/account', what: 'Your account' },
          { href: '/device', what: 'Enter the code of a device' },
          { href: '/.well-known/openid-configuration', what: 'Metadata for clients' },
          { href: '/oauth/jwks', what: 'Public keys' },
          { href: '/dev/inspect', what: 'Token inspector' },
          { href: '/dev/mailbox', what: 'Mail that was sent' },
        ],
      }
    : { mode: 'production', account: '/account', signIn: '/sign-in' }
  return [
    {
      method: 'GET',
      path: '/',
      caller: 'browser',
      run: async (request) => {
        const signedIn = await currentSession(platform, request)
        return page(welcomePage(model, frameOf(platform, request, signedIn?.user)))
      },
    },
  ]
}
