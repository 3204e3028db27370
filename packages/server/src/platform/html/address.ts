// Addresses that may stand in a page’s href or action: a path of this server, or plain http(s) from someone else.
import { localPath, type SafeLocation } from '../http/exchange.ts'

/** An address that someone else gave us, normalised; null unless it is plain http or https. */
export function webAddress(address: string | null | undefined): string | null {
  if (address === null || address === undefined || !URL.canParse(address)) return null
  const { protocol, href } = new URL(address)
  return protocol === 'https:' || protocol === 'http:' ? href : null
}

/** A path of this server that ends in an identifier, whatever characters that has. */
export function pathTo(folder: string, id: string): SafeLocation {
  return localPath(`${folder}/${encodeURIComponent(id.toWellFormed())}`)
}
