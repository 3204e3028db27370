// The upstream providers that a person can sign in with, as data over two drivers (`oidc`: OpenID Connect with
// discovery; `oauth`: plain OAuth 2 and a profile address). A new provider is one more row.
//
// A provider's tokens are used once, to learn who the person is, and then forgotten: none is ever stored.
import { createHmac } from 'node:crypto'
import type { Issuer } from '../../platform/http/issuer.ts'
import { Secret } from '../../platform/secret.ts'
import { facebookProfile, type RawClaims, standardProfile, type UpstreamProfile } from './profile.ts'
import type { UpstreamSettings } from './settings.ts'

interface Common {
  /** Stands in our addresses and in stored identities: never change it. */
  readonly id: 'google' | 'facebook' | 'oidc'
  /** As people know it. */
  readonly name: string
  /** Where discovery starts; for `oauth`, what names the provider in stored identities. */
  readonly issuer: string
  readonly scope: readonly string[]
  readonly mapProfile: (raw: RawClaims) => UpstreamProfile
  readonly quirks: Quirks
}

/** What a provider wants beyond the standard. */
export interface Quirks {
  /** More parameters of the authorization request. */
  readonly authorization?: Readonly<Record<string, string>>
  /** More parameters of the profile request. */
  readonly profile?: (accessToken: string, clientSecret: string) => Readonly<Record<string, string>>
}

interface OidcProvider extends Common {
  readonly driver: 'oidc'
}

interface OauthProvider extends Common {
  readonly driver: 'oauth'
  readonly endpoints: OauthEndpoints
  /** The member of the profile that is the subject. */
  readonly subject: string
}

/** Where a provider without discovery is spoken to. */
export interface OauthEndpoints {
  readonly authorization: string
  readonly token: string
  readonly profile: string
}

const google: OidcProvider = {
  id: 'google',
  name: 'Google',
  driver: 'oidc',
  issuer: 'https://accounts.google.com',
  scope: ['openid', 'email', 'profile'],
  mapProfile: standardProfile,
  // Without it Google signs in whoever is signed in there, which on a shared computer is somebody else.
  quirks: { authorization: { prompt: 'select_account' } },
}

const facebook: OauthProvider = {
  id: 'facebook',
  name: 'Facebook',
  driver: 'oauth',
  issuer: 'https://www.facebook.com',
  endpoints: {
    authorization: 'https://www.facebook.com/v25.0/dialog/oauth',
    token: 'https://graph.facebook.com/v25.0/oauth/access_token',
    profile: 'https://graph.facebook.com/v25.0/me?fields=id,name,email',
  },
  subject: 'id',
  scope: ['public_profile', 'email'],
  mapProfile: facebookProfile,
  quirks: {
    // Apps with "Require App Secret" on refuse calls without it; the others don't mind.
    profile: (accessToken, clientSecret) => ({
      appsecret_proof: createHmac('sha256', clientSecret).update(accessToken).digest('hex'),
    }),
  },
}

function generic(setting: UpstreamSettings['oidc']): OidcProvider {
  return {
    id: 'oidc',
    name: setting?.name ?? 'Single sign-on',
    driver: 'oidc',
    issuer: setting?.issuer ?? '',
    scope: ['openid', 'email', 'profile'],
    mapProfile: standardProfile,
    quirks: {},
  }
}

interface Registration {
  readonly clientId: string
  readonly clientSecret: Secret
  /** True for a development simulator: plain http, on loopback. */
  readonly simulated: boolean
}

/** A provider with OpenID Connect. */
export type OidcUpstream = OidcProvider & Registration
/** A provider without. */
export type OauthUpstream = OauthProvider & Registration
/** A provider that is switched on. */
export type Upstream = OidcUpstream | OauthUpstream

/** Path below which the simulators live. */
export const simulatorsPath = '/dev/idp/'

/**
 * The providers that are on, in the order in which they are offered. In development a simulator takes the place of
 * each one that has no id and secret; anywhere else that one is off.
 */
export function upstreamsFrom(
  settings: UpstreamSettings,
  world: { readonly issuer: Issuer; readonly development: boolean },
): readonly Upstream[] {
  const rows = [
    [google, settings.google],
    [facebook, settings.facebook],
    [generic(settings.oidc), settings.oidc],
  ] as const
  return rows.flatMap(([provider, registered]): Upstream[] => {
    if (registered !== undefined) {
      const { id, secret } = registered
      return [{ ...provider, clientId: id, clientSecret: new Secret(secret), simulated: false }]
    }
    return world.development ? [simulated(provider, world.issuer)] : []
  })
}

function simulated(provider: OidcProvider | OauthProvider, issuer: Issuer): Upstream {
  const base = issuer.at(simulatorsPath + provider.id)
  // A simulator is an issuer of its own: what was linked with it never opens an account to the real provider's people.
  const registration = {
    issuer: base,
    clientId: `simulated-${provider.id}`,
    clientSecret: new Secret('simulated-secret'),
    simulated: true,
  }
  if (provider.driver === 'oidc') return { ...provider, ...registration }
  const moved = (address: string): string => base + new URL(address).pathname + new URL(address).search
  const { authorization, token, profile } = provider.endpoints
  return {
    ...provider,
    ...registration,
    endpoints: { authorization: moved(authorization), token: moved(token), profile: moved(profile) },
  }
}

/** Our own address at which an upstream's answer arrives; one for each, so that none can be taken for another's. */
export function callbackPath(upstream: Pick<Upstream, 'id'>): string {
  return `/sign-in/with/${upstream.id}/callback`
}

/** Path of the page on which an offer to link is answered. */
export function offerPath(upstream: Pick<Upstream, 'id'>): string {
  return `/sign-in/with/${upstream.id}/link`
}

/** Where a person who is signed in begins to link an upstream with their account. */
export function linkingPath(upstream: Pick<Upstream, 'id'>): string {
  return `/account/identities/link/${upstream.id}`
}
