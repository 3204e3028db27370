// Which ids of clients are addresses of metadata documents (draft-ietf-oauth-client-id-metadata-document §3). No registered
// client has such an id: those hold neither colon nor slash.

const longest = 1000

/** Whether an id is meant as an address: then it is nothing else. */
export function isAddress(clientId: string): boolean {
  return /^https?:/i.test(clientId)
}

/**
 * What speaks against the address, in words for the log; null for one that may be fetched. §3: "https" scheme, a path, no
 * dot segments, no fragment, no user name or password; and written as it is sent, since it is compared by its characters.
 */
export function addressFault(clientId: string): string | null {
  if (clientId.length > longest) return 'it is too long'
  if (!clientId.startsWith('https://')) return 'it is not https'
  if (!URL.canParse(clientId)) return 'it is no address'
  const url = new URL(clientId)
  if (clientId.includes('#')) return 'it has a fragment'
  if (clientId.split('/')[2]?.includes('@') === true) return 'it has a user name'
  if (url.pathname === '/') return 'it has no path'
  // Dot segments, other spellings of the host and characters that are sent in another form are all gone from this one.
  return url.href === clientId ? null : 'it is not written as it is sent'
}

/** The host that vouches for a client that nobody registered; null for registered clients. */
export function vouchingHost(clientId: string): string | null {
  return isAddress(clientId) && URL.canParse(clientId) ? new URL(clientId).host : null
}
