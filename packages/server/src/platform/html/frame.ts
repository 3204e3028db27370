// The frame of a page for one request: nonce, form token, and whose server this is.
import type { Browser } from '../http/exchange.ts'
import { type Platform, productName } from '../platform.ts'
import type { Frame } from './layout.ts'

/** What every page of this answer has in common. @param signedInAs the person whose name the page may show */
export function frameOf(
  platform: Pick<Platform, 'issuer'>,
  request: { readonly browser: Browser },
  signedInAs?: { readonly name: string },
): Frame {
  return {
    nonce: request.browser.nonce,
    lang: 'en',
    csrf: request.browser.formToken,
    product: productName,
    host: platform.issuer.host,
    signedInAs,
  }
}
