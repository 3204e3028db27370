// The settings of the profile: those of SIMPLE_JWT under their own names in camel case, with their own defaults, and a
// few of ours. Durations are in seconds. What stands for Python code there (serializers, rules, encoders) has no place.
import { z } from 'zod'

const seconds = z
  .number()
  .int()
  .min(1)
  .max(366 * 86_400)
const path = z.string().regex(/^\/[A-Za-z0-9._~/-]*$/, 'must be a path')
const paths = (...usual: string[]) => z.array(path).default(usual)
const claim = z.string().min(1).max(64)

/** `profiles.simplejwt` of the configuration. */
export const simpleJwtSettings = z.strictObject({
  accessTokenLifetime: seconds.default(300),
  refreshTokenLifetime: seconds.default(86_400),
  rotateRefreshTokens: z.boolean().default(false),
  blacklistAfterRotation: z.boolean().default(false),
  updateLastLogin: z.boolean().default(false),
  algorithm: z.enum(['HS256', 'HS384', 'HS512', 'RS256', 'ES256']).default('HS256'),
  /** A file with Django's SECRET_KEY, or whatever SIGNING_KEY was, for an algorithm that begins with HS. */
  signingKeyFile: z.string().optional(),
  /** Files with keys that tokens are still believed by: the SECRET_KEY that signed before the change-over. */
  verifyingKeyFiles: z.array(z.string()).default([]),
  audience: z.string().nullable().default(null),
  issuer: z.string().nullable().default(null),
  leeway: z.number().min(0).max(300).default(0),
  authHeaderTypes: z
    .array(z.string().regex(/^[A-Za-z-]+$/))
    .min(1)
    .default(['Bearer']),
  userIdClaim: claim.default('user_id'),
  tokenTypeClaim: claim.nullable().default('token_type'),
  jtiClaim: claim.nullable().default('jti'),
  slidingTokenRefreshExpClaim: claim.default('refresh_exp'),
  slidingTokenLifetime: seconds.default(300),
  slidingTokenRefreshLifetime: seconds.default(86_400),

  /** Whose words, and which way of writing `user_id`: release 5.2, or 5.5.1 with the 401 that came after it. */
  dialect: z.enum(['5.2', '5.5.1']).default('5.5.1'),
  /** The field that names the person in a login. */
  usernameField: claim.default('username'),
  /** What `user_id` holds: the person's number of before, or their id here. */
  userId: z.enum(['number', 'id']).default('number'),
  /** Standard claims of OpenID Connect that tokens carry beside. */
  extraClaims: z
    .array(z.enum(['email', 'name', 'given_name', 'family_name', 'preferred_username']))
    .default([]),
  /** Also tries a password without the spaces around it, as the framework always did. */
  trimCredentials: z.boolean().default(true),
  /** A refresh token that was rotated is spent: it yields the same successor for 30 s, and then ends its family. */
  safeRotation: z.boolean().default(true),
  /** `verify` also refuses what was blacklisted, whose person is gone, and what is older than a changed password. */
  strictVerify: z.boolean().default(true),
  paths: z
    .strictObject({
      obtain: paths('/api/token/'),
      refresh: paths('/api/token/refresh/'),
      verify: paths('/api/token/verify/'),
      blacklist: paths('/api/token/blacklist/'),
      slidingObtain: paths(),
      slidingRefresh: paths(),
    })
    .prefault({}),
})

/** As read, complete. */
export type SimpleJwtSettings = z.output<typeof simpleJwtSettings>
