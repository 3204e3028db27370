// `GET /dev/inspect`: the token inspector, in development only. Everything on it happens in the browser.
import { frameOf } from '../../platform/html/frame.ts'
import { page, type Route } from '../../platform/http/exchange.ts'
import type { Keyring } from '../../platform/keys/keyring.ts'
import type { Platform } from '../../platform/platform.ts'
import { inspectorPage, servedPolicy } from './inspector.page.ts'
import { inspectorScript } from './script.ts'

/** GET /dev/inspect. */
export function inspectorRoutes(platform: Platform, keyring: Keyring): Route[] {
  return [
    {
      method: 'GET',
      path: '/dev/inspect',
      caller: 'development',
      run: async (request) => {
        const own = { issuer: platform.issuer.url, keys: JSON.stringify({ keys: keyring.jwks() }, null, 1) }
        const html = inspectorPage(await inspectorScript(), own, frameOf(platform, request))
        const policy = servedPolicy(request.browser.nonce)
        return page(html, { headers: { 'content-security-policy': policy } })
      },
    },
  ]
}
