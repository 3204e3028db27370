// `fetch` with the access token, for listed origins only (RFC 6750 §2.1).
import { ownHeader } from './cookie.ts'
import type { Held } from './held.ts'
import type { Renewal } from './renewal.ts'
import type { Settings } from './settings.ts'
import type { Tokens } from './types.ts'

/**
 * Like the platform's `fetch`. To listed origins it adds `Authorization`, unless the caller has set one, and after a
 * 401 it tries once more with renewed tokens if the body can be sent again. With cookies kept by a back end it adds
 * that back end's header on the page's own origin instead. A redirect to another origin loses `Authorization`: the
 * platform removes it (Fetch standard, HTTP-redirect fetch), and no script could (opaque redirects hide their target).
 */
export function fetchWith(settings: Settings, held: Held, renewal: Renewal): typeof fetch {
  const ours = settings.base === undefined ? settings.origins : [location.origin]
  return async (input, init) => {
    const { asked, url, target, headers } = addressed(input, init)
    if (!ours.includes(url.origin) || headers.has('authorization')) return fetch(target, init)
    const send = (tokens: Tokens | undefined) => {
      if (settings.base !== undefined) headers.set(ownHeader, '1')
      else if (tokens) headers.set('authorization', `Bearer ${tokens.accessToken}`)
      return fetch(target, { ...init, headers })
    }
    const tokens = await renewal.fresh()
    const response = await send(tokens)
    const spent = asked?.bodyUsed
    if (response.status !== 401 || !tokens || spent || init?.body instanceof ReadableStream) return response
    const renewed = await renewal.renew(tokens).then(held.now, () => undefined)
    return renewed ? send(renewed) : response
  }
}

/** What a call of `fetch` comes to: where it goes, and with which headers of the caller's own. */
export function addressed(input: RequestInfo | URL, init?: RequestInit) {
  const asked = input instanceof Request ? input : undefined
  // What the platform will resolve against, <base> included; and a text, because a URL object may change meanwhile.
  const url = new URL(asked ? asked.url : (input as string | URL), document.baseURI)
  return { asked, url, target: asked ?? url.href, headers: new Headers(init?.headers ?? asked?.headers) }
}
