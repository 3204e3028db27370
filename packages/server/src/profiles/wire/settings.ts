// What the settings of several wires are made of.
import { z } from 'zod'

/** A path of this server. */
export const path = z.string().regex(/^\/[A-Za-z0-9._~/-]*$/, 'must be a path')

const base = z.string().regex(/^\/(?:[A-Za-z0-9._~-]+\/)*$/, 'must be a path that ends in a slash')

/** Where a view is. @param usual unless something else is stated */
export function paths(...usual: string[]) {
  return z.array(path).default(usual)
}

/** Paths that a wire is spoken below; one may stand alone. */
export function bases(usual: string) {
  return z
    .union(
      [base.transform((one): readonly string[] => [one]), z.array(base).min(1)],
      'must be a path that begins and ends with a slash, or several of them',
    )
    .default([usual])
}

/** The API that keys are for, which may introspect them; null for none but us. */
export const resource = z.string().nullable().default(null)

/** A setting of the original that has no place here. @param reason goes on after its name */
export function refusedAs(reason: string) {
  return z.undefined({ error: reason }).optional()
}
