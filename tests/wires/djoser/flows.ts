// What front ends send to servers that speak djoser and dj-rest-auth: the same flows are put to the originals and to ours.

export const password = 'analytical-engine-1843'
export const other = 'differential-engine-1822'
/** Too short, and nothing else. */
export const weak = 'gulls-9'

/** One request. `$name` in a value stands for what the flow was given under that name: by an answer, or by a mail. */
export interface Step {
  readonly path: string
  readonly method?: string
  /** Of the `Authorization` header. */
  readonly as?: string
  /** Sent as JSON, unless `text` is there. */
  readonly members?: unknown
  readonly text?: string
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Requests that belong together, of which the last one's answer is compared, and where the two may differ. */
export interface Flow {
  readonly name: string
  readonly group: Group
  readonly steps: readonly Step[]
  /** Why ours answers in another way. A difference that isn't there any more is a failure too. */
  readonly differs?: string
}

/** Settings that belong together: theirs as a Django project states them, and ours. */
export const groups = {
  usual: {
    theirs: {},
    djoser: {},
    restAuth: {},
  },
  strict: {
    theirs: {
      DJOSER: {
        USER_CREATE_PASSWORD_RETYPE: true,
        SET_PASSWORD_RETYPE: true,
        PASSWORD_RESET_CONFIRM_RETYPE: true,
        SET_USERNAME_RETYPE: true,
        SEND_ACTIVATION_EMAIL: true,
      },
      REST_AUTH: {
        OLD_PASSWORD_FIELD_ENABLED: true,
        USE_JWT: true,
        JWT_AUTH_COOKIE: 'access',
        JWT_AUTH_REFRESH_COOKIE: 'refresh',
      },
      ACCOUNT: { EMAIL_VERIFICATION: 'mandatory' },
    },
    djoser: {
      userCreatePasswordRetype: true,
      setPasswordRetype: true,
      passwordResetConfirmRetype: true,
      setUsernameRetype: true,
      sendActivationEmail: true,
    },
    restAuth: {
      useJwt: true,
      jwt: { authHeaderTypes: ['JWT', 'Bearer'] },
      jwtAuthCookie: 'access',
      jwtAuthRefreshCookie: 'refresh',
      accountEmailVerification: 'mandatory',
    },
  },
  body: {
    theirs: {
      REST_AUTH: {
        OLD_PASSWORD_FIELD_ENABLED: true,
        USE_JWT: true,
        JWT_AUTH_HTTPONLY: false,
        JWT_AUTH_RETURN_EXPIRATION: true,
      },
      ACCOUNT: { LOGIN_METHODS: ['email'], EMAIL_VERIFICATION: 'none' },
      SIMPLE_JWT: { ROTATE_REFRESH_TOKENS: true },
    },
    djoser: { fields: ['email', 'first_name'] },
    restAuth: {
      useJwt: true,
      jwt: { authHeaderTypes: ['JWT', 'Bearer'], rotateRefreshTokens: true },
      jwtAuthHttponly: false,
      jwtAuthReturnExpiration: true,
      accountLoginMethods: ['email'],
      accountEmailVerification: 'none',
    },
  },
} as const

export type Group = keyof typeof groups

/** A flow of one request. */
export const one = (group: Group, name: string, step: Step, differs?: string): Flow =>
  flow(group, name, [step], differs)
/** A flow of several. */
export const flow = (group: Group, name: string, steps: readonly Step[], differs?: string): Flow => ({
  name,
  group,
  steps,
  ...(differs !== undefined && { differs }),
})

/** Reads the last mail: what its link holds is `$uid` and `$token`. */
export const mail: Step = { path: 'mail' }

/** Bodies of a login by user name. */
export const bodies: readonly (readonly [string, unknown])[] = [
  ['nothing', {}],
  ['no password', { username: 'ada' }],
  ['no name', { password }],
  ['blanks', { username: '', password: '' }],
  ['null', { username: null, password: null }],
  ['lists', { username: ['ada'], password: [password] }],
  ['a wrong password', { username: 'ada', password: 'x' }],
  ['an unknown name', { username: 'nobody', password }],
  ['somebody who is not active', { username: 'idle', password }],
  ['spaces around both', { username: ' ada ', password: ` ${password} ` }],
  ['the right ones', { username: 'ada', password }],
  ['an address for a name', { username: 'ada@example.test', password }],
  ['an array', [1]],
]
