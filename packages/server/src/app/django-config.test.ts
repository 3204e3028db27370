// What becomes of the settings of a Django project.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { fromDjango, secondsOf } from '../profiles/simplejwt/from-django.ts'
import { djangoConfig } from './django-config.ts'

const secretKey = 'django-insecure-0123456789abcdefghijklmnopqrstuvwxyz'
const made = (given: Readonly<Record<string, unknown>>) => djangoConfig(given, 'secrets', '5.5.1')

test('durations are read in every form in which Python and Django write them', () => {
  for (const [written, seconds] of [
    [300, 300],
    ['0:05:00', 300],
    ['1 day, 0:00:00', 86_400],
    ['7 days, 1:00:00.500000', 608_400.5],
    ['P0DT00H05M00S', 300],
    ['P1DT00H00M00S', 86_400],
    ['datetime.timedelta(days=1)', 86_400],
    ['datetime.timedelta(seconds=300)', 300],
    ['timedelta(days=1, hours=2, minutes=3)', 93_780],
    ['datetime.timedelta(1, 60)', 86_460],
    [{ days: 1, minutes: 5 }, 86_700],
    ['P', undefined],
    ['soon', undefined],
    ['timedelta(eons=1)', undefined],
    [{ days: 'one' }, undefined],
    [[300], undefined],
    [null, undefined],
  ] as const)
    assert.equal(secondsOf(written), seconds, JSON.stringify(written))
})

test('each setting of SIMPLE_JWT is carried over, or said not to be', () => {
  const { settings, left } = fromDjango({
    ACCESS_TOKEN_LIFETIME: '0:10:00',
    REFRESH_TOKEN_LIFETIME: '14 days, 0:00:00',
    ROTATE_REFRESH_TOKENS: true,
    BLACKLIST_AFTER_ROTATION: true,
    UPDATE_LAST_LOGIN: true,
    ALGORITHM: 'HS512',
    AUDIENCE: ['shop', 'bank'],
    ISSUER: 'me',
    JSON_ENCODER: null,
    JWK_URL: 'https://elsewhere.example.com/jwks',
    LEEWAY: 10,
    AUTH_HEADER_TYPES: ['JWT', 'Bearer'],
    AUTH_HEADER_NAME: 'HTTP_X_ACCESS_TOKEN',
    USER_ID_FIELD: 'uuid',
    USER_ID_CLAIM: 'uid',
    USER_AUTHENTICATION_RULE: 'shop.rules.may_sign_in',
    ON_LOGIN_SUCCESS: 'rest_framework_simplejwt.serializers.default_on_login_success',
    AUTH_TOKEN_CLASSES: ['rest_framework_simplejwt.tokens.SlidingToken'],
    TOKEN_TYPE_CLAIM: null,
    JTI_CLAIM: 'name',
    TOKEN_USER_CLASS: 'rest_framework_simplejwt.models.TokenUser',
    SLIDING_TOKEN_REFRESH_EXP_CLAIM: 'until',
    SLIDING_TOKEN_LIFETIME: 60,
    SLIDING_TOKEN_REFRESH_LIFETIME: 120,
    TOKEN_OBTAIN_SERIALIZER: 'shop.serializers.WithName',
    CHECK_REVOKE_TOKEN: true,
    REVOKE_TOKEN_CLAIM: 'version',
    CHECK_USER_IS_ACTIVE: false,
    SOMETHING_ELSE: 1,
  })
  assert.deepEqual(settings, {
    accessTokenLifetime: 600,
    refreshTokenLifetime: 14 * 86_400,
    rotateRefreshTokens: true,
    blacklistAfterRotation: true,
    updateLastLogin: true,
    algorithm: 'HS512',
    audience: ['shop', 'bank'],
    issuer: 'me',
    leeway: 10,
    authHeaderTypes: ['JWT', 'Bearer'],
    authHeaderName: 'HTTP_X_ACCESS_TOKEN',
    userIdClaim: 'uid',
    authTokenClasses: ['sliding'],
    tokenTypeClaim: null,
    jtiClaim: 'name',
    slidingTokenRefreshExpClaim: 'until',
    slidingTokenLifetime: 60,
    slidingTokenRefreshLifetime: 120,
    checkRevokeToken: true,
    revokeTokenClaim: 'version',
  })
  assert.deepEqual(
    left.map(({ setting }) => setting),
    [
      'JWK_URL',
      'USER_ID_FIELD',
      'USER_AUTHENTICATION_RULE',
      'TOKEN_OBTAIN_SERIALIZER',
      'CHECK_USER_IS_ACTIVE',
      'SOMETHING_ELSE',
    ],
  )
})

test('the rest of a project is looked through: keys, origins, languages and other wires', () => {
  const { profiles, secrets, left } = made({
    SECRET_KEY: secretKey,
    SECRET_KEY_FALLBACKS: [`${secretKey} of before`],
    SIMPLE_JWT: { ROTATE_REFRESH_TOKENS: true },
    USERNAME_FIELD: 'email',
    LANGUAGE_CODE: 'de-AT',
    LANGUAGES: [
      ['de', 'Deutsch'],
      ['fr', 'Français'],
      ['xx', 'of nowhere'],
    ],
    MIDDLEWARE: ['django.middleware.locale.LocaleMiddleware'],
    CORS_ALLOWED_ORIGINS: ['https://app.example.com'],
    INSTALLED_APPS: ['rest_framework', 'rest_framework.authtoken', 'djoser', 'dj_rest_auth'],
    REST_FRAMEWORK: { DEFAULT_THROTTLE_RATES: { anon: '10/hour' } },
    DJOSER: { LOGIN_FIELD: 'email' },
  })
  assert.deepEqual(profiles, {
    origins: ['https://app.example.com'],
    simplejwt: {
      rotateRefreshTokens: true,
      usernameField: 'email',
      locale: 'de',
      locales: ['de', 'fr'],
      signingKeyFile: 'secrets/django-signing-key',
      verifyingKeyFiles: ['secrets/django-signing-key-before-1'],
    },
    'drf-token': true,
    djoser: true,
    'dj-rest-auth': true,
  })
  assert.deepEqual(
    secrets.map(({ text }) => text),
    [secretKey, `${secretKey} of before`],
  )
  assert.deepEqual(
    left.map(({ setting }) => setting),
    ['DJOSER', 'DEFAULT_THROTTLE_RATES'],
  )
})

test('C1: keys are tried before they are named: a short secret, one of a pair for HS256, a secret for RS256', () => {
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  for (const [given, setting] of [
    [{ SECRET_KEY: 'short' }, 'SECRET_KEY'],
    [{ SECRET_KEY: pair.publicKey }, 'SECRET_KEY'],
    [{ SIMPLE_JWT: { SIGNING_KEY: pair.publicKey } }, 'SIGNING_KEY'],
    [{ SIMPLE_JWT: { ALGORITHM: 'RS256', SIGNING_KEY: secretKey } }, 'SIGNING_KEY'],
    [{}, 'SECRET_KEY'],
  ] as const) {
    const { profiles, secrets, left } = made(given)
    assert.equal(JSON.stringify(profiles).includes('signingKeyFile'), false)
    assert.deepEqual(secrets, [])
    assert.deepEqual(
      left.map((one) => one.setting),
      [setting],
    )
  }
  const { profiles, secrets } = made({
    SIMPLE_JWT: { ALGORITHM: 'RS384', SIGNING_KEY: pair.privateKey, VERIFYING_KEY: pair.publicKey },
  })
  assert.deepEqual(profiles['simplejwt'], {
    algorithm: 'RS384',
    signingKeyFile: 'secrets/django-signing-key',
    verifyingKeyFiles: ['secrets/django-verifying-key'],
  })
  assert.equal(secrets.length, 2)
})

test('what our own settings refuse is said, and nothing of a key', () => {
  const { left } = made({ SECRET_KEY: secretKey, SIMPLE_JWT: { ALGORITHM: 'none', LEEWAY: 1e6 } })
  assert.deepEqual(
    left.map(({ setting }) => setting),
    ['SIGNING_KEY', 'simplejwt.algorithm', 'simplejwt.leeway'],
  )
  assert.equal(JSON.stringify(left).includes(secretKey), false)
})
