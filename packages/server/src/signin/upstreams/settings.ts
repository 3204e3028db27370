// This room's slice of the settings: what switches each upstream provider on.
import { z } from 'zod'

const required = z.string().trim().min(1).max(512)
const registration = z.strictObject({ id: required, secret: required })

/** An issuer identifier (OpenID Connect Discovery §2): https, no query, no fragment. */
const issuer = z.string().refine(isIssuer, 'must be an https address without user, query or fragment')

/** One schema for each provider: the client that we are registered as there. */
export const upstreamSettings = {
  google: registration,
  facebook: registration,
  /** Any provider that speaks OpenID Connect with discovery. */
  oidc: registration.extend({ issuer, name: required.max(40).default('Single sign-on') }),
}

/** The providers that are configured; one that is left out is off, or simulated in development. */
export type UpstreamSettings = {
  readonly [K in keyof typeof upstreamSettings]?: z.output<(typeof upstreamSettings)[K]> | undefined
}

function isIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  // The address of a discovery document is not an issuer: what it says of itself could not be compared with anything.
  return url.protocol === 'https:' && url.username === '' && !/[?#]|\/\.well-known\//.test(text)
}
