// Where a client is told that a session has ended: by us (OpenID Connect Back-Channel Logout 1.0 §2.2) or by the
// person's own browser (Front-Channel Logout 1.0 §2).
import { checkWebUri, type Finding, isLoopback, originOf } from '@countersign/protocol'

/** One way to tell a client. */
export interface SignOutChannel {
  readonly uri: string
  /** Whether it can't do without the session's name (`sid`). */
  readonly sessionRequired: boolean
}

/** Both ways; null for one that the client doesn't have. */
export interface SignOutChannels {
  readonly backChannel: SignOutChannel | null
  readonly frontChannel: SignOutChannel | null
}

/** The channels as they are stored; null where there is neither. */
export function channelsOf(given: Partial<SignOutChannels> | undefined): SignOutChannels | null {
  const { backChannel = null, frontChannel = null } = given ?? {}
  return backChannel === null && frontChannel === null ? null : { backChannel, frontChannel }
}

interface Described {
  readonly redirectUris?: readonly string[]
  readonly signOut?: Partial<SignOutChannels>
}

/** What is wrong with the channels of a client as described; never quotes a value. */
export function checkChannels(
  { redirectUris = [], signOut = {} }: Described,
  { development }: { readonly development: boolean },
): (Finding & { readonly path: string })[] {
  const findings: (Finding & { readonly path: string })[] = []
  const find = (path: string, { code, message }: Finding): void => {
    findings.push({ path: `signOut.${path}`, code, message })
  }
  for (const path of ['backChannel', 'frontChannel'] as const) {
    const uri = signOut[path]?.uri
    const finding = uri === undefined ? null : checkAddress(uri, development)
    if (finding !== null) find(path, finding)
    if (uri !== undefined && redirectUris.length === 0)
      find(path, { code: 'useless', message: 'is for clients in which people sign in' })
  }
  const front = signOut.frontChannel?.uri
  // Front-Channel Logout §2: "The domain, port, and scheme of this URL MUST be the same as that of a registered
  // Redirection URI value."
  if (front !== undefined && !redirectUris.some((uri) => isSameOrigin(uri, front)))
    find('frontChannel', {
      code: 'foreign_origin',
      message: 'must have the scheme, host and port of a redirect URI',
    })
  return findings
}

function checkAddress(uri: string, development: boolean): Finding | null {
  const finding = checkWebUri(uri)
  if (finding !== null || development || !uri.startsWith('http:')) return finding
  // In production nobody is reached at our own machine: neither by us nor, as it is somebody else's, by a browser.
  return isLoopback(uri)
    ? { code: 'plain_http', message: 'may be a local address in development only' }
    : null
}

function isSameOrigin(one: string, other: string): boolean {
  const origin = originOf(one)
  return origin !== null && origin === originOf(other)
}
