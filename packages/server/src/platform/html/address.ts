// Addresses that may stand in a page's href or action: a path of this server, or plain http(s) from someone else.

/**
 * A path on this server, as given.
 *
 * INVARIANT: never leaves this origin and never runs script.
 * @throws TypeError when it could: a bug of ours, for such addresses come from our own code.
 */
export function localAddress(path: string): string {
  if (!/^\/(?![/\\])[^\s\\]*$/.test(path))
    throw new TypeError('A local address starts with exactly one slash')
  return path
}

/** An address that someone else gave us, normalised; null unless it is plain http or https. */
export function webAddress(address: string | null | undefined): string | null {
  if (address === null || address === undefined || !URL.canParse(address)) return null
  const { protocol, href } = new URL(address)
  return protocol === 'https:' || protocol === 'http:' ? href : null
}

/** A path of this server that ends in an identifier, whatever characters that has. */
export function pathTo(folder: string, id: string): string {
  return localAddress(`${folder}/${encodeURIComponent(id.toWellFormed())}`)
}
