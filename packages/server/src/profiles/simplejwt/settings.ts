// The settings of the profile: those of SIMPLE_JWT under their own names in camel case, with their own defaults, and a
// few of ours. Durations are in seconds. What stands for Python code there is a function here (`extraClaims`,
// `responseExtras`) or has no place; docs/guides/move-in.md names each.
import { z } from 'zod'
import { isOfKeyring, type ProfileAlgorithm, profileAlgorithms } from '../keys.ts'
import { membersOf } from '../person.ts'
import { localeSettings } from '../wire/locale.ts'
import { paths } from '../wire/settings.ts'
import { placelessSettings } from './placeless.ts'

const seconds = (days: number) =>
  z
    .number()
    .int()
    .min(1)
    .max(days * 86_400)
/** Of tokens that APIs believe without asking. */
const atMostAYear = seconds(366)
/** Of tokens that this server alone takes, and ends: some front ends and programs have one for good. */
const atMostALife = seconds(36_525)
const claim = z.string().min(1).max(64)

/** Absent is one thing, and a variable that is not set another: who names a key must not get one that nobody knows. */
const keyText = z.string('must be a text: is the variable set that it comes from?')

const standardClaim = z.enum(['email', 'name', 'given_name', 'family_name', 'preferred_username'])

/** As `token_type` has it, or as Django calls the class. */
const tokenClass = z
  .enum(['access', 'sliding', 'AccessToken', 'SlidingToken'])
  .transform((name) => (name === 'access' || name === 'AccessToken' ? 'access' : 'sliding'))

/** `profiles.simplejwt` of the configuration. */
export const simpleJwtSettings = z
  .strictObject({
    accessTokenLifetime: atMostAYear.default(300),
    refreshTokenLifetime: atMostALife.default(86_400),
    rotateRefreshTokens: z.boolean().default(false),
    blacklistAfterRotation: z.boolean().default(false),
    /** Sign-ins are always written down here, so either value says the same. */
    updateLastLogin: z.boolean().default(false),
    algorithm: z.enum(profileAlgorithms).default('HS256'),
    /** Django's SECRET_KEY where nothing else was stated, or a private key as PEM: of a variable, never written down. */
    signingKey: keyText.exactOptional(),
    /** The same in a file. */
    signingKeyFile: z.string().optional(),
    /** A key that tokens are still believed by. */
    verifyingKey: keyText.default(''),
    /** Files with keys that tokens are still believed by: the SECRET_KEY that signed before, or public keys as PEM. */
    verifyingKeyFiles: z.array(z.string()).default([]),
    audience: z
      .union([z.string(), z.array(z.string()).min(1)], 'must be a text, or several')
      .nullable()
      .default(null),
    issuer: z.string().nullable().default(null),
    leeway: z.number().min(0).max(300).default(0),
    authHeaderTypes: z
      .array(z.string().regex(/^[A-Za-z-]+$/))
      .min(1)
      .default(['Bearer']),
    /** As it is sent (`X-Access-Token`), or as Django writes it (`HTTP_X_ACCESS_TOKEN`). */
    authHeaderName: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9_-]*$/, 'must be the name of a header')
      .default('HTTP_AUTHORIZATION'),
    /** What `userIdClaim` holds where Django had it: its primary key, or a name that people sign in with. */
    userIdField: z.enum(['id', 'username', 'email']).default('id'),
    userIdClaim: claim.default('user_id'),
    /** Which tokens open this server's own views. */
    authTokenClasses: z.array(tokenClass).min(1).default(['access']),
    tokenTypeClaim: claim.nullable().default('token_type'),
    jtiClaim: claim.nullable().default('jti'),
    slidingTokenRefreshExpClaim: claim.default('refresh_exp'),
    slidingTokenLifetime: atMostAYear.default(300),
    slidingTokenRefreshLifetime: atMostALife.default(86_400),
    /** Tokens say by which version of the person's password they were made; another one refuses them. */
    checkRevokeToken: z.boolean().default(false),
    revokeTokenClaim: claim.default('hash_password'),
    /** Always so: who is disabled is never let in. */
    checkUserIsActive: z.literal(true, 'can only be true: who is disabled is never let in').default(true),
    ...placelessSettings,

    /** Whose words, and which way of writing `user_id`: release 5.2, or 5.5.1 with the 401 that came after it. */
    dialect: z.enum(['5.2', '5.5.1']).default('5.5.1'),
    /** How `user_id` is written; by the dialect unless given. */
    userIdType: z.enum(['string', 'integer']).optional(),
    /** The field that names the person in a login. */
    usernameField: claim.default('username'),
    /** What `user_id` holds: the primary key of before (a number, or any text), or their id here. */
    userId: z.enum(['number', 'id']).default('number'),
    /** What `sub` holds: their id here, or the primary key of before. */
    subject: z.enum(['id', 'legacyId']).default('id'),
    /** Standard claims of OpenID Connect that tokens carry beside, or a function from a person to claims. */
    extraClaims: z.array(standardClaim).or(membersOf).default([]),
    /** A function from a person to what the answer to a login says beside its tokens. */
    responseExtras: membersOf.nullable().default(null),
    /** Also tries a password without the spaces around it, as the framework always did. */
    trimCredentials: z.boolean().default(true),
    /** A refresh token that was rotated is spent: it yields the same successor for a while, and then ends its family. */
    safeRotation: z.boolean().default(true),
    /** That while. */
    rotationGrace: z.number().int().min(0).max(600).default(30),
    /** How long somebody stays signed in whose tokens are rotated: as long as by the other ways in unless given. */
    rotationLifetime: atMostALife.optional(),
    /** `verify` also refuses what was blacklisted, whose person is gone, and what is older than a changed password. */
    strictVerify: z.boolean().default(true),
    /** The scheme of the Authorization header is taken in either case (RFC 9110 §11.1). */
    anyCaseScheme: z.boolean().default(true),
    /** The first number that newcomers get here; far above those of people who were brought unless given. */
    numbers: z
      .strictObject({
        from: z
          .number()
          .int()
          .min(1)
          .max(2 ** 40)
          .optional(),
      })
      .prefault({}),
    ...localeSettings,
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
  .refine(({ signingKey, signingKeyFile }) => signingKey === undefined || signingKeyFile === undefined, {
    message: 'is there twice: as a text and in a file',
    path: ['signingKey'],
  })
  .refine(hasItsKey, {
    message: 'is an algorithm that this server has no keys of its own for: name a signingKey',
    path: ['algorithm'],
  })

function hasItsKey({
  algorithm,
  signingKey,
  signingKeyFile,
}: {
  readonly algorithm: ProfileAlgorithm
  readonly signingKey?: string
  readonly signingKeyFile?: string | undefined
}): boolean {
  const isNamed = signingKey !== undefined || signingKeyFile !== undefined
  return algorithm.startsWith('HS') || isOfKeyring(algorithm) || isNamed
}

/** As read, complete. */
export type SimpleJwtSettings = z.output<typeof simpleJwtSettings>
/** As an operator writes it. */
export type SimpleJwtInput = z.input<typeof simpleJwtSettings>
