// The settings of the wire of DRF's TokenAuthentication, and what those of other Django wires share with them.
import { z } from 'zod'

const path = z.string().regex(/^\/[A-Za-z0-9._~/-]*$/, 'must be a path')
const base = z.string().regex(/^\/(?:[A-Za-z0-9._~-]+\/)*$/, 'must be a path that ends in a slash')

/** The API that keys are for, which may introspect them; null for none but us. */
export const resource = z.string().nullable().default(null)

/** Paths that a wire is spoken below; one may stand alone. */
export function bases(usual: string) {
  return base
    .transform((one): readonly string[] => [one])
    .or(z.array(base).min(1))
    .default([usual])
}

/** A setting of the original that has no place here. @param reason goes on after its name */
export function refusedAs(reason: string) {
  return z.undefined({ error: reason }).optional()
}

/** `profiles['drf-token']` of the configuration. */
export const drfTokenSettings = z.strictObject({
  paths: z.array(path).default(['/api-token-auth/']),
  resource,
})
