// The settings of the profile: where a token is had for a name and a password, and for how long; where one's own account is.
import { z } from 'zod'
import { paths } from '../wire/settings.ts'

/** `profiles.basic` of the configuration. */
export const basicSettings = z
  .strictObject({
    paths: paths('/get_access_token'),
    /** Where a program that sends name and password each time reads its person's account. */
    accountPaths: paths('/api/account'),
    /**
     * Scopes of APIs that a password is enough for. None unless given: no operator has let any client ask for them, and a token
     * without scopes says who it is and nothing more.
     */
    scopes: z.array(z.string()).default([]),
    /** Seconds that a token lives; of one that its use prolongs, without any. */
    tokenLifetime: z
      .number()
      .int()
      .min(60)
      .max(30 * 86_400)
      .default(3600),
    /** Seconds that a token lives at most which each use prolongs by `tokenLifetime`. None is prolonged unless given. */
    slidingLifetime: z
      .number()
      .int()
      .max(366 * 86_400)
      .optional(),
  })
  .refine(
    ({ tokenLifetime, slidingLifetime = Number.POSITIVE_INFINITY }) => slidingLifetime > tokenLifetime,
    {
      message: 'must be longer than tokenLifetime',
      path: ['slidingLifetime'],
    },
  )

/** As read, complete. */
export type BasicSettings = z.output<typeof basicSettings>
