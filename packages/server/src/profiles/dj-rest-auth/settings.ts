// The settings of the profile: those of REST_AUTH and of the account part of allauth under their own names in camel case,
// with their own defaults but where those are unsafe, and where its views are.
import { z } from 'zod'
import { jwtSettings } from '../django/jwt-settings.ts'
import { linkTemplate } from '../django/mailed-links.ts'
import { bases, path, refusedAs, resource } from '../wire/settings.ts'

const cookie = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,64}$/, 'must be the name of a cookie')
  .refine(
    (name) => !/^(?:(?:__Host-)?(?:sid|browser|dev)|csrftoken)$/.test(name),
    'is a cookie of this server',
  )

/** `profiles['dj-rest-auth']` of the configuration. */
export const djRestAuthSettings = z
  .strictObject({
    /** Where it is spoken; several for front ends that disagree. */
    base: bases('/dj-rest-auth/'),
    resource,
    /** Whether people get JSON Web Tokens instead of keys. */
    useJwt: z.boolean().default(false),
    /** The tokens' settings, those of SIMPLE_JWT; `true` for those of `simplejwt`. */
    jwt: jwtSettings('Bearer'),
    /** Names of cookies that hold the tokens too; none is set without one. They are HttpOnly, and Secure over https. */
    jwtAuthCookie: cookie.nullable().default(null),
    jwtAuthRefreshCookie: cookie.nullable().default(null),
    jwtAuthRefreshCookiePath: path.default('/'),
    jwtAuthSamesite: z.enum(['Lax', 'Strict', 'None']).default('Lax'),
    jwtAuthCookieDomain: z
      .string()
      .regex(/^\.?[a-z0-9.-]+$/, 'must be a domain')
      .nullable()
      .default(null),
    /** Keeps refresh tokens from scripts: an answer has an empty text in the place of one. */
    jwtAuthHttponly: z.boolean().default(true),
    jwtAuthReturnExpiration: z.boolean().default(false),
    /** Whether a request that a cookie opens needs `X-CSRFToken`, beside coming from a known origin. */
    jwtAuthCookieUseCsrf: z.boolean().default(false),
    /** Whether the old password is asked for; in the original it isn't unless this is stated. */
    oldPasswordFieldEnabled: z
      .literal(true, { error: 'can only be true: see dangerChangeWithoutOldPassword' })
      .default(true),
    /** Whoever holds a key or a token may change the password with it, and so keep the account: for development alone. */
    dangerChangeWithoutOldPassword: z.boolean().default(false),
    /** Whether a changed password also ends what the change was asked with. */
    logoutOnPasswordChange: z.boolean().default(false),
    /**
     * Whether the front end speaks `dj_rest_auth.mfa`: a login answers `{"ephemeral_token", "mfa_required"}` to who has a
     * second factor, and `mfa/verify/` takes that and a code. Else a login takes a code beside the password, as `otp`.
     */
    mfa: z.boolean().default(false),
    /** `registration/` and what belongs to it. */
    registration: z.boolean().default(true),
    accountLoginMethods: z
      .array(z.enum(['username', 'email']))
      .min(1)
      .default(['username', 'email']),
    accountEmailVerification: z.enum(['none', 'optional', 'mandatory']).default('optional'),
    /** Whether who signs up has to give an address; they have to where it is `mandatory` to prove one. */
    accountEmailRequired: z.boolean().default(false),
    /** Whole addresses of a front end, with `{uid}` and `{token}`, or with `{key}`; our own pages unless given. */
    passwordResetConfirmUrl: linkTemplate('uid', 'token').nullable().default(null),
    accountConfirmEmailUrl: linkTemplate('key').nullable().default(null),
    sessionLogin: z
      .literal(false, { error: 'can only be false: the session of a browser begins on the sign-in page' })
      .default(false),
    accountLogoutOnGet: refusedAs('would let any page sign people out'),
    jwtAuthSecure: refusedAs('has no meaning: cookies are Secure wherever this server is reached over https'),
  })
  .refine(
    ({ accountEmailVerification, accountConfirmEmailUrl }) =>
      accountEmailVerification !== 'mandatory' || accountConfirmEmailUrl !== null,
    'must have an accountConfirmEmailUrl where proving an address is mandatory: our own page confirms those of people who are signed in',
  )
  .refine(
    ({ jwtAuthCookie: access, jwtAuthRefreshCookie: refresh }) => access === null || access !== refresh,
    'has one cookie for two tokens',
  )
  .refine(
    ({ useJwt, jwt }) => !useJwt || jwt !== false,
    'has useJwt on and jwt off: state the settings of its tokens, or leave jwt out',
  )

/** As read, complete. */
export type DjRestAuthSettings = z.output<typeof djRestAuthSettings>
