// The settings of the wires over DRF's TokenAuthentication: where each is spoken, and which API its keys are for.
import { z } from 'zod'

const path = z.string().regex(/^\/[A-Za-z0-9._~/-]*$/, 'must be a path')
const base = z.string().regex(/^\/(?:[A-Za-z0-9._~-]+\/)*$/, 'must be a path that ends in a slash')
/** The API that keys are for, which may introspect them; null for none but us. */
const resource = z.string().nullable().default(null)

/** `profiles['drf-token']` of the configuration. */
export const drfTokenSettings = z.strictObject({
  paths: z.array(path).default(['/api-token-auth/']),
  resource,
})

/** `profiles.djoser` of the configuration; its paths for JSON Web Tokens belong to `profiles.simplejwt`. */
export const djoserSettings = z.strictObject({ base: base.default('/auth/'), resource })

/** `profiles['dj-rest-auth']` of the configuration. */
export const djRestAuthSettings = z.strictObject({ base: base.default('/dj-rest-auth/'), resource })
