// JSON Web Tokens of djoser and dj-rest-auth: those of Simple JWT, whose settings they have.
import { z } from 'zod'
import { type SimpleJwtSettings, simpleJwtSettings } from '../simplejwt/settings.ts'

/** What an operator may state of them. Their paths follow from the base. */
export type JwtInput = Omit<z.input<typeof simpleJwtSettings>, 'paths'>

/** Nowhere: the wires have paths of their own for these views. */
const noPaths = {
  obtain: [],
  refresh: [],
  verify: [],
  blacklist: [],
  slidingObtain: [],
  slidingRefresh: [],
} satisfies SimpleJwtSettings['paths']

/**
 * `true` stands for the settings of `profiles.simplejwt` where that wire is on, else for the usual ones.
 *
 * @param headerTypes what stands before a token in `Authorization` unless something else is stated
 */
export function jwtSettings(...headerTypes: readonly string[]) {
  return z
    .boolean()
    .or(
      z.custom<JwtInput>(isRecord, 'must be true, false or settings').transform((given, context) => {
        if ('paths' in given) {
          context.addIssue({ code: 'custom', message: 'has no paths: they follow from the base' })
          return z.NEVER
        }
        const read = simpleJwtSettings.safeParse({
          authHeaderTypes: [...headerTypes],
          ...given,
          paths: noPaths,
        })
        if (read.success) return read.data
        for (const { path, message } of read.error.issues) {
          context.addIssue({ code: 'custom', message, path: [...path] })
        }
        return z.NEVER
      }),
    )
    .default(true)
}

/** The settings that `true` stands for. @param shared those of `profiles.simplejwt` where it is on */
export function usualJwtSettings(
  shared: SimpleJwtSettings | null,
  headerTypes: readonly string[],
): SimpleJwtSettings {
  const usual = shared ?? simpleJwtSettings.parse({})
  return {
    ...usual,
    authHeaderTypes: [...new Set([...headerTypes, ...usual.authHeaderTypes])],
    paths: noPaths,
  }
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
