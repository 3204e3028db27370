// An API's own metadata, by which clients find its authorization server (RFC 9728).
import { termsOf } from './dpop-settings.ts'
import { type VerifierOptions, verifierSettings } from './settings.ts'
import type { Verifier } from './verifier.ts'

/** What the document says of the API beside its addresses; each member becomes the RFC's of like name. */
export interface MetadataOptions {
  readonly scopesSupported?: readonly string[] | undefined
  readonly resourceName?: string | undefined
  readonly resourceDocumentation?: string | undefined
}

/** The document as an answer. */
export interface ServedMetadata {
  readonly status: 200
  readonly headers: Readonly<Record<string, string>>
  /** JSON */
  readonly text: string
}

/** An API's metadata, ready to be served. */
export interface ResourceMetadata {
  /** The absolute address of the document, for `resource_metadata` in challenges. */
  readonly url: string
  /** Where this server has it: the path that RFC 9728 §3.1 derives, and the bare one that some clients try. */
  readonly paths: readonly string[]
  readonly document: ServedMetadata
  /** The document, when the request asks for it; `url` is absolute or from the path on. */
  answer(method: string | undefined, url: string | undefined): ServedMetadata | undefined
}

/** The metadata's own options, and whose metadata it is. */
export interface ProtectedResourceOptions
  extends MetadataOptions,
    Pick<
      VerifierOptions,
      'issuer' | 'audience' | 'dpop' | 'clientCertificate' | 'baseUrl' | 'dangerPlainHttp'
    > {}

const wellKnown = '/.well-known/oauth-protected-resource'

/**
 * The metadata of an API.
 *
 * @throws TypeError when the audience is no https (or, on loopback, http) URL, and so has no place for metadata
 */
export function resourceMetadata(
  resource: Pick<Verifier, 'issuer' | 'audience'> & Partial<Pick<Verifier, 'dpop' | 'clientCertificate'>>,
  options: MetadataOptions = {},
): ResourceMetadata {
  const url = addressOf(resource.audience)
  const { dpop = null, clientCertificate } = resource
  const paths = [url.pathname, wellKnown]
  const document: ServedMetadata = {
    status: 200,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'public, max-age=300',
      // Public, and read by browser clients of any origin before they know anything else.
      'access-control-allow-origin': '*',
    },
    text: JSON.stringify({
      resource: resource.audience,
      authorization_servers: [resource.issuer],
      // RFC 9728 §2: "The empty JSON array [] can be used to indicate that no bearer methods are supported."
      bearer_methods_supported: dpop?.isRequired === true ? [] : ['header'],
      dpop_signing_alg_values_supported: dpop?.isAnnounced === true ? dpop.algorithms : undefined,
      tls_client_certificate_bound_access_tokens: clientCertificate?.isAnnounced === true ? true : undefined,
      dpop_bound_access_tokens_required: dpop?.isRequired === true ? true : undefined,
      scopes_supported: options.scopesSupported,
      resource_name: options.resourceName,
      resource_documentation: options.resourceDocumentation,
    }),
  }
  return {
    url: url.href,
    paths,
    document,
    answer(method, requested) {
      if ((method !== 'GET' && method !== 'HEAD') || requested === undefined) return undefined
      return paths.includes(pathOf(requested)) ? document : undefined
    },
  }
}

/** RFC 9728 §3.1: the well-known part goes "between the host component and the path and/or query components". */
function addressOf(audience: string): URL {
  const resource = URL.canParse(audience) ? new URL(audience) : undefined
  if (resource === undefined || !/^https?:$/.test(resource.protocol) || resource.hash !== '') {
    throw new TypeError('metadata needs an audience that is the URL of this API')
  }
  const path = resource.pathname === '/' ? '' : resource.pathname
  return new URL(`${wellKnown}${path}${resource.search}`, resource.origin)
}

function pathOf(url: string): string {
  const path = url.startsWith('/') ? url : URL.canParse(url) ? new URL(url).pathname : ''
  return path.split('?', 1)[0] ?? ''
}

/** The metadata alone, for a route of its own; issuer and audience come from the environment where not given. */
export function protectedResource(options: ProtectedResourceOptions = {}): ResourceMetadata {
  const { scopesSupported, resourceName, resourceDocumentation, ...place } = options
  const { issuer, audience, dpop, clientCertificate } = verifierSettings(place)
  const described = { scopesSupported, resourceName, resourceDocumentation }
  return resourceMetadata({ issuer, audience, dpop: termsOf(dpop), clientCertificate }, described)
}
