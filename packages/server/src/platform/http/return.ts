// The sealed "return here": rooms that must not know each other send a person from one to the other with it. It
// names a path of ours, is bound to the browser that got it, and so can be neither forged nor used elsewhere.
import { SealBroken, type Vault } from '../keys/vault.ts'
import type { Browser } from './exchange.ts'
import { localPath, type SafeLocation } from './exchange.ts'

/** Where to go on when there is no (valid) return address. */
export const home = localPath('/account')

/** @param path a local path, e.g. `/oauth/authorize?flow=…` */
export function sealReturn(vault: Vault, browser: Browser, path: SafeLocation): string {
  return vault.seal(`return/${browser.digest}`, path)
}

/** @returns the sealed path, or null when the text was made elsewhere, for another browser, or altered. */
export function openReturn(vault: Vault, browser: Browser, sealed: string | undefined): SafeLocation | null {
  if (sealed === undefined || sealed.length > 4096) return null
  try {
    return localPath(vault.open(`return/${browser.digest}`, sealed))
  } catch (error) {
    if (error instanceof SealBroken || error instanceof TypeError) return null
    throw error
  }
}
