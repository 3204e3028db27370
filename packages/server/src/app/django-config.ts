// The settings of a Django project as a configuration of ours: what JSON of them says about signing in, which files its
// secrets go into, and what has no counterpart. Nothing that is secret stands in the configuration, nor is it told.
import { faultOfKeys, type ProfileAlgorithm } from '../profiles/keys.ts'
import { fromDjango, type Left } from '../profiles/simplejwt/from-django.ts'
import { simpleJwtSettings } from '../profiles/simplejwt/settings.ts'
import { languages } from '../profiles/wire/locale.ts'

/** A file that is to be written, with what is secret in it. */
export interface SecretFile {
  /** Beneath the folder of secrets. */
  readonly name: string
  readonly text: string
}

/** What a project comes to. */
export interface DjangoConfig {
  /** The members of `profiles`, ready to be written. */
  readonly profiles: Readonly<Record<string, unknown>>
  readonly secrets: readonly SecretFile[]
  readonly left: readonly Left[]
}

type Given = Readonly<Record<string, unknown>>

/** @param folder where the secrets will be, as the configuration names it */
export function djangoConfig(given: Given, folder: string, dialect: '5.2' | '5.5.1'): DjangoConfig {
  const read = fromDjango(recordIn(given['SIMPLE_JWT']))
  const keys = keysOf(given, read.signingKey, read.verifyingKey, String(read.settings.algorithm ?? 'HS256'))
  const at = (file: SecretFile) => `${folder}/${file.name}`
  const simplejwt = {
    ...read.settings,
    ...(dialect === '5.2' && { dialect }),
    ...usernameOf(given),
    ...languagesOf(given),
    ...(keys.signing !== null && { signingKeyFile: at(keys.signing) }),
    ...(keys.believed.length > 0 && { verifyingKeyFiles: keys.believed.map(at) }),
  }
  const origins = originsOf(given)
  const left = [...read.left, ...keys.left, ...faultsOf(simplejwt), ...elsewhere(given)]
  return {
    profiles: { ...(origins.length > 0 && { origins }), simplejwt, ...appsOf(given) },
    secrets: [...(keys.signing === null ? [] : [keys.signing]), ...keys.believed],
    left,
  }
}

interface Keys {
  readonly signing: SecretFile | null
  readonly believed: readonly SecretFile[]
  readonly left: readonly Left[]
}

function keysOf(given: Given, signing: string | null, verifying: string | null, algorithm: string): Keys {
  const isHmac = algorithm.startsWith('HS')
  const secret = typeof given['SECRET_KEY'] === 'string' ? given['SECRET_KEY'] : null
  const text = signing ?? (isHmac ? secret : null)
  const fallbacks = given['SECRET_KEY_FALLBACKS']
  const older = isHmac && signing === null && Array.isArray(fallbacks) ? fallbacks.map(String) : []
  const left: Left[] = []
  const usable = (one: SecretFile, setting: string, isSigning: boolean): boolean => {
    const texts = isSigning ? { signing: one.text, verifying: [] } : { signing: null, verifying: [one.text] }
    const fault = faultOfKeys(texts, algorithm as ProfileAlgorithm)
    if (fault !== null) left.push({ setting, why: `it is no key that can be used here: ${fault}` })
    return fault === null
  }
  const own = text === null ? null : { name: 'django-signing-key', text }
  const others = [
    ...(isHmac || verifying === null ? [] : [{ name: 'django-verifying-key', text: verifying }]),
    ...older.map((one, index) => ({ name: `django-signing-key-before-${index + 1}`, text: one })),
  ]
  if (own === null)
    left.push({
      setting: isHmac ? 'SECRET_KEY' : 'SIGNING_KEY',
      why: 'it is not in the file: this server signs with a key of its own, and Django’s tokens end unless it is named',
    })
  return {
    signing: own !== null && usable(own, signing === null ? 'SECRET_KEY' : 'SIGNING_KEY', true) ? own : null,
    believed: others.filter((one) => usable(one, isHmac ? 'SECRET_KEY_FALLBACKS' : 'VERIFYING_KEY', false)),
    left,
  }
}

/** What our own schema says of the result. */
function faultsOf(simplejwt: Given): readonly Left[] {
  const parsed = simpleJwtSettings.safeParse(simplejwt)
  if (parsed.success) return []
  return parsed.error.issues.map(({ path, message }) => ({
    setting: `simplejwt.${path.map(String).join('.')}`,
    why: `it can’t be so here: ${message}`,
  }))
}

function usernameOf(given: Given): Given {
  const field = given['USERNAME_FIELD']
  return typeof field === 'string' && field !== 'username' ? { usernameField: field } : {}
}

function languagesOf(given: Given): Given {
  const code = typeof given['LANGUAGE_CODE'] === 'string' ? given['LANGUAGE_CODE'].toLowerCase() : 'en-us'
  const locale = languages.find((one) => one === code) ?? languages.find((one) => one === code.split('-')[0])
  const middleware = listIn(given['MIDDLEWARE'])
  const hasLocales = middleware.includes('django.middleware.locale.LocaleMiddleware')
  const named = listIn(given['LANGUAGES']).map(String)
  const spoken = named.filter((one) => languages.includes(one))
  return {
    ...(locale !== undefined && locale !== 'en' && { locale }),
    // All of Django's own is what a project has that says nothing.
    ...(hasLocales && { locales: spoken.length === 0 || named.length > 50 ? true : spoken }),
  }
}

function originsOf(given: Given): readonly string[] {
  const origins = given['CORS_ALLOWED_ORIGINS'] ?? given['CORS_ORIGIN_WHITELIST']
  return listIn(origins).filter((origin) => typeof origin === 'string')
}

/** Wires whose own settings are read nowhere: they begin as they usually are. */
function appsOf(given: Given): Given {
  const apps = listIn(given['INSTALLED_APPS'])
  const wires = [
    ['rest_framework.authtoken', 'drf-token'],
    ['djoser', 'djoser'],
    ['dj_rest_auth', 'dj-rest-auth'],
  ] as const
  return Object.fromEntries(wires.filter(([app]) => apps.includes(app)).map(([, wire]) => [wire, true]))
}

/** Settings of other parts of Django that say something about signing in. */
const others: Readonly<Record<string, string>> = {
  DJOSER: 'state what you need of it under profiles.djoser',
  REST_AUTH: 'state what you need of it under profiles["dj-rest-auth"]',
  AUTH_PASSWORD_VALIDATORS: 'new passwords are held to the policy of this server',
  CORS_ALLOWED_ORIGIN_REGEXES: 'name each origin under profiles.origins',
}

function elsewhere(given: Given): readonly Left[] {
  const stated = Object.entries(others)
    .filter(([name]) => Object.keys(Object(given[name])).length > 0)
    .map(([setting, why]) => ({ setting, why }))
  const { CORS_ALLOW_ALL_ORIGINS: everyone } = given
  const rates = recordIn(recordIn(given['REST_FRAMEWORK'])['DEFAULT_THROTTLE_RATES'])
  return [
    ...stated,
    ...(everyone === true
      ? [{ setting: 'CORS_ALLOW_ALL_ORIGINS', why: 'name each origin under profiles.origins' }]
      : []),
    ...(Object.values(rates).some((rate) => rate !== null)
      ? [{ setting: 'DEFAULT_THROTTLE_RATES', why: 'tries are limited by this server’s own rules' }]
      : []),
  ]
}

function recordIn(value: unknown): Given {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Given) : {}
}

/** Pairs of a code and a name come by their codes. */
function listIn(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) return []
  return value.map((one: unknown) => (Array.isArray(one) ? one[0] : one))
}
