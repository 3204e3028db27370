// The settings of the wire of DRF's TokenAuthentication.
import { z } from 'zod'
import { paths, resource } from '../wire/settings.ts'

/** `profiles['drf-token']` of the configuration. */
export const drfTokenSettings = z.strictObject({ paths: paths('/api-token-auth/'), resource })
