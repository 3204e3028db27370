// The settings of the profile: those of DJOSER under their own names in camel case with their own defaults, and where its
// views are. What stands for Python code there (serializers, permissions, e-mail classes) has no place. What would be
// unsafe is refused, with the reason.
import { z } from 'zod'
import { detailNames } from '../django/details.ts'
import { jwtSettings } from '../django/jwt-settings.ts'
import { linkTemplate } from '../django/mailed-links.ts'
import { bases, refusedAs, resource } from '../wire/settings.ts'

const field = z.enum(['email', 'username', ...detailNames])

/** `profiles.djoser` of the configuration. */
export const djoserSettings = z
  .strictObject({
    /** Where it is spoken; several for front ends that disagree. */
    base: bases('/auth/'),
    /** Keys: `token/login/` and `token/logout/`. */
    token: z.boolean().default(true),
    /** JSON Web Tokens: `jwt/create/`, `jwt/refresh/`, `jwt/verify/`; settings of SIMPLE_JWT, or those of `simplejwt`. */
    jwt: jwtSettings('JWT', 'Bearer'),
    resource,
    loginField: z.enum(['username', 'email']).default('username'),
    /** What is taken and shown of a person beside their id and `loginField`, in this order. */
    fields: z.array(field).default(['email']),
    /** Those of `fields` that may not be left out by who signs up. */
    requiredFields: z.array(field).default([]),
    /** Whether people sign up by `users/`, as long as sign-up is not closed anyway: PERMISSIONS.user_create. */
    userCreate: z.boolean().default(true),
    sendActivationEmail: z.boolean().default(false),
    userCreatePasswordRetype: z.boolean().default(false),
    setPasswordRetype: z.boolean().default(false),
    passwordResetConfirmRetype: z.boolean().default(false),
    setUsernameRetype: z.boolean().default(false),
    usernameResetConfirmRetype: z.boolean().default(false),
    /** Whether a changed password also ends what the change was asked with. */
    logoutOnPasswordChange: z.boolean().default(false),
    /** Whole addresses of a front end with `{uid}` and `{token}`; our own pages unless given. */
    activationUrl: linkTemplate('uid', 'token').nullable().default(null),
    passwordResetConfirmUrl: linkTemplate('uid', 'token').nullable().default(null),
    usernameResetConfirmUrl: linkTemplate('uid', 'token').nullable().default(null),
    hideUsers: z
      .literal(true, { error: 'can’t be turned off: everybody who is in would see everybody else' })
      .default(true),
    passwordResetShowEmailNotFound: refusedAs('would tell anybody who has an account here'),
    usernameResetShowEmailNotFound: refusedAs('would tell anybody who has an account here'),
    createSessionOnLogin: refusedAs('has no meaning: the session of a browser begins on the sign-in page'),
  })
  .refine(({ token, jwt }) => token || jwt !== false, 'must have token or jwt on: nobody could come in')
  .refine(
    ({ requiredFields, fields, loginField }) =>
      requiredFields.every((name) => name === loginField || fields.includes(name)),
    'has requiredFields that are not among its fields',
  )
  .refine(
    ({ sendActivationEmail, activationUrl }) => !sendActivationEmail || activationUrl !== null,
    'must have an activationUrl for sendActivationEmail: our own page confirms addresses of people who are signed in',
  )

/** As read, complete. */
export type DjoserSettings = z.output<typeof djoserSettings>
