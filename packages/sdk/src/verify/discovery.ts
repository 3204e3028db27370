// Finds the issuer's endpoints in its metadata (OpenID Connect Discovery 1.0 §4, RFC 8414 §3), whose `issuer` must be
// ours byte for byte.
import { isJsonObject } from '@countersign/protocol'
import { fetchJson } from './bounded-fetch.ts'
import type { VerifierSettings } from './settings.ts'
import { sharedWork } from './shared-work.ts'

export type Endpoint =
  | { readonly ok: true; readonly url: string }
  | { readonly ok: false; readonly detail: string }

export interface Discovery {
  /** The address of one endpoint, by its member of the metadata. Never throws; one request at a time. */
  find(member: 'jwks_uri' | 'introspection_endpoint' | 'revocation_feed_endpoint'): Promise<Endpoint>
  /** Reads the metadata again at the next `find`: an address that stopped working may have moved. */
  forget(): void
}

type Metadata =
  | { readonly ok: true; readonly members: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly detail: string }

const lifetime = 3600

export function createDiscovery(settings: VerifierSettings): Discovery {
  let known: { readonly metadata: Metadata & { ok: true }; readonly until: number } | undefined
  // Two documents may be asked for.
  const read = sharedWork(() => readMetadata(settings), 2 * settings.timeoutMs + 1000)

  async function metadata(): Promise<Metadata> {
    const now = settings.now()
    if (known !== undefined && now < known.until && now >= known.until - lifetime) return known.metadata
    const answer = await read()
    if (answer.ok) known = { metadata: answer, until: now + lifetime }
    return answer.ok ? answer : (known?.metadata ?? answer)
  }

  return {
    async find(member) {
      const found = await metadata()
      return found.ok ? endpoint(found.members[member], member, settings.issuer) : found
    },
    forget() {
      if (known !== undefined) known = { metadata: known.metadata, until: Number.NEGATIVE_INFINITY }
    },
  }
}

async function readMetadata(settings: VerifierSettings): Promise<Metadata> {
  const init = { headers: { accept: 'application/json' } }
  let answer = await fetchJson(openidConfiguration(settings.issuer), init, settings)
  // A plain OAuth server has only the second of the two documents.
  if (!answer.ok && answer.status === 404) {
    answer = await fetchJson(oauthMetadata(settings.issuer), init, settings)
  }
  if (!answer.ok) return { ok: false, detail: `the issuer's metadata: ${answer.detail}` }
  const members = answer.value
  if (!isJsonObject(members)) return { ok: false, detail: "the issuer's metadata is not an object" }
  // RFC 8414 §3.3: "The 'issuer' value returned MUST be identical to the authorization server's issuer identifier".
  if (members['issuer'] !== settings.issuer) {
    return { ok: false, detail: "the issuer's metadata names another issuer than the one configured" }
  }
  return { ok: true, members }
}

/** "any terminating '/' MUST be removed prior to appending" (OpenID Connect Discovery 1.0 §4.1) */
function openidConfiguration(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
}

/** The well-known part stands between host and path (RFC 8414 §3.1). */
function oauthMetadata(issuer: string): string {
  const url = new URL(issuer)
  return `${url.origin}/.well-known/oauth-authorization-server${url.pathname.replace(/\/$/, '')}`
}

function endpoint(value: unknown, member: string, issuer: string): Endpoint {
  if (typeof value !== 'string' || !URL.canParse(value)) {
    return { ok: false, detail: `the issuer's metadata has no usable ${member}` }
  }
  const url = new URL(value)
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && issuer.startsWith('http:'))
  return isSafe
    ? { ok: true, url: value }
    : { ok: false, detail: `the ${member} of the issuer's metadata is not https` }
}
