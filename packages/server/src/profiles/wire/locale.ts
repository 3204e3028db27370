// In which language a view answers, as Django's LocaleMiddleware finds it: the languages of Accept-Language in the order
// in which they are wished for, each without its region where only that is there, and else the usual one.
import { z } from 'zod'
import type { Outgoing } from '../../platform/http/exchange.ts'
import { catalogues } from './languages.ts'
import { type Catalogue, placesIn, sentences, translated } from './words.ts'

const tag = z
  .string()
  .regex(/^[a-z]{2,3}(?:-[a-z0-9]{2,8})*$/, 'must be a language in lower case, as `pt-br`')
const overrides = z
  .record(tag, z.record(z.string(), z.string()))
  .refine(
    (all) => Object.values(all).every(fits),
    'has a sentence that is not known, or lacks what is put in',
  )

/** Settings of a profile that answers people in their own language. */
export const localeSettings = {
  /** The language of who wishes for none: LANGUAGE_CODE. */
  locale: tag.default('en'),
  /** Whether people choose by Accept-Language, and among which: off, as without LocaleMiddleware. */
  locales: z
    .union([z.boolean(), z.array(tag).min(1)], 'must be true, false or a list of languages')
    .default(false),
  /** Sentences in other words, by language and by their English. */
  messages: overrides.default({}),
} as const

/** As read. */
export interface LocaleSettings {
  readonly locale: string
  readonly locales: boolean | readonly string[]
  readonly messages: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** What puts an answer into the language of whoever asked. */
export type Speech = (outgoing: Outgoing, acceptLanguage: string | undefined) => Outgoing

function fits(messages: Readonly<Record<string, string>>): boolean {
  return Object.entries(messages).every(([sentence, text]) => {
    const places = (of: string) => placesIn(of).toSorted().join()
    return sentences.some((one) => one === sentence) && places(sentence) === places(text)
  })
}

/** The languages that there are words for, `en` among them. */
export const languages: readonly string[] = ['en', ...Object.keys(catalogues)]

/** Makes the speech of a profile; null where every answer is as it is in English. */
export function speechOf({ locale, locales, messages }: LocaleSettings): Speech | null {
  if (locales === false && locale === 'en' && messages['en'] === undefined) return null
  const spoken = locales === true ? [...new Set([...languages, ...Object.keys(messages)])] : locales || []
  const words = (language: string): Partial<Catalogue> => {
    const [base = ''] = language.split('-')
    return { ...catalogues[base], ...catalogues[language], ...(messages[language] as Partial<Catalogue>) }
  }
  const known = new Map([...spoken, locale].map((language) => [language, words(language)]))
  return (outgoing, acceptLanguage) => {
    if (locales === false) return inWords(outgoing, words(locale))
    const language = languageFor(acceptLanguage, spoken) ?? languageFor(locale, spoken) ?? locale
    const { vary } = outgoing.headers
    return {
      ...inWords(outgoing, known.get(language) ?? {}),
      headers: {
        ...outgoing.headers,
        'content-language': language,
        vary: vary === undefined ? 'Accept-Language' : `${String(vary)}, Accept-Language`,
      },
    }
  }
}

/** The first language that is wished for and there; null where `*` comes before any. */
export function languageFor(header: string | undefined, spoken: readonly string[]): string | null {
  for (const wished of wishes(header ?? '')) {
    if (wished === '*') return null
    const found = variantOf(wished, spoken)
    if (found !== null) return found
  }
  return null
}

/** In the order of their weights; what is written first comes first among equals. */
function wishes(header: string): readonly string[] {
  if (header.length > 500) return []
  return header
    .toLowerCase()
    .split(',')
    .flatMap((part) => {
      const [, language, weight = '1'] =
        /^\s*([a-z]{1,8}(?:-[a-z0-9]{1,8})*|\*)\s*(?:;\s*q=\s*([01](?:\.\d{0,3})?)\s*)?$/.exec(part) ?? []
      return language === undefined || Number(weight) === 0 ? [] : [{ language, weight: Number(weight) }]
    })
    .toSorted((a, b) => b.weight - a.weight)
    .map(({ language }) => language)
}

/** Chinese by where it is read: the script is not in the name. */
const scripts: Readonly<Record<string, string>> = {
  zh: 'zh-hans',
  'zh-cn': 'zh-hans',
  'zh-my': 'zh-hans',
  'zh-sg': 'zh-hans',
  'zh-hk': 'zh-hant',
  'zh-mo': 'zh-hant',
  'zh-tw': 'zh-hant',
}

function variantOf(wished: string, spoken: readonly string[]): string | null {
  const script = scripts[wished]
  const parts = wished.split('-')
  const shorter = parts.map((_, at) => parts.slice(0, parts.length - at).join('-'))
  const found = [wished, ...(script === undefined ? [] : [script]), ...shorter].find((one) =>
    spoken.includes(one),
  )
  // Of a language without its region, the first of a region is taken.
  return found ?? spoken.find((one) => one.startsWith(`${parts[0] ?? ''}-`)) ?? null
}

/** The members of an answer that hold sentences, in other words. Tokens and what people wrote are left alone. */
function inWords(outgoing: Outgoing, catalogue: Partial<Catalogue>): Outgoing {
  if (outgoing.status < 400 || typeof outgoing.body !== 'string' || outgoing.body === '') return outgoing
  const body: unknown = JSON.parse(outgoing.body)
  return { ...outgoing, body: JSON.stringify(said(body, catalogue)) }
}

function said(value: unknown, catalogue: Partial<Catalogue>): unknown {
  if (typeof value === 'string') return translated(value, catalogue)
  if (Array.isArray(value)) return value.map((one) => said(one, catalogue))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, said(member, catalogue)]))
}
