// Starts the Django project of oracle.py.
import { type Original, type Python, startOriginal } from '../python.ts'
import { secretKey } from './flows.ts'
import type { GroupSettings } from './groups.ts'

/** Starts the project with these settings. */
export function startDjango(
  python: Python,
  { simpleJwt, isSliding = false, hasLocales = false }: GroupSettings,
): Promise<Original> {
  return startOriginal(python, new URL('oracle.py', import.meta.url), {
    SECRET_KEY: secretKey,
    SIMPLE_JWT: JSON.stringify(simpleJwt),
    ...(isSliding && { SLIDING: 'yes' }),
    ...(hasLocales && { LOCALES: 'yes' }),
  })
}
