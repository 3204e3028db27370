// Answers in people's own languages: which is chosen, what is said, and what stays as it is.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { z } from 'zod'
import { openSimpleJwt } from '../profile.fixture.ts'
import { catalogues } from './languages.ts'
import { languageFor, languages, localeSettings, speechOf } from './locale.ts'
import { placesIn, type Sentence, sentences, translated } from './words.ts'

const settings = z.strictObject(localeSettings)

test('there are twenty-five languages, each with every sentence and what is put into it', () => {
  assert.equal(languages.length, 25)
  for (const [language, catalogue] of Object.entries(catalogues)) {
    assert.deepEqual(Object.keys(catalogue).toSorted(), [...sentences].toSorted(), language)
    for (const sentence of sentences) {
      const places = (text: string) => placesIn(text).toSorted()
      assert.deepEqual(places(catalogue[sentence]), places(sentence), `${language}: ${sentence}`)
      assert.notEqual(catalogue[sentence], sentence, `${language}: ${sentence}`)
    }
  }
})

test('what was put into a sentence is put into its translation, whatever it holds', () => {
  const { fr = {}, de = {} } = catalogues
  assert.equal(translated('Method "PURGE" not allowed.', fr), "La méthode « PURGE » n'est pas autorisée.")
  assert.equal(
    translated('Unsupported media type "a/$&{method}" in request.', de),
    'Der Medientyp „a/$&{method}“ der Anfrage wird nicht unterstützt.',
  )
  assert.equal(translated('Nobody says so.', fr), 'Nobody says so.')
})

test('the language is the first wish that can be met', () => {
  for (const [wish, language] of [
    ['fr', 'fr'],
    ['fr-CA,de;q=0.5', 'fr'],
    ['fr;q=0.3,de;q=0.8', 'de'],
    ['xx,de', 'de'],
    ['pt-BR', 'pt-br'],
    ['zh-CN', 'zh-hans'],
    ['zh', 'zh-hans'],
    ['zh-TW', 'zh-hans'],
    ['en-GB', 'en'],
    ['*', null],
    ['xx', null],
    ['de;q=0', null],
    ['de;q=2', null],
    ['', null],
    [undefined, null],
    ['d'.repeat(600), null],
  ] as const)
    assert.equal(languageFor(wish, ['en', 'de', 'fr', 'pt-br', 'zh-hans']), language, String(wish))
  assert.equal(languageFor('pt', ['en', 'pt-br']), 'pt-br')
})

describe('The wire of Simple JWT in other languages', () => {
  const wrong = { username: 'ada', password: 'wrong' }
  const ask = async (
    written: Parameters<typeof openSimpleJwt>[0],
    wish: string | undefined,
    members: object = wrong,
  ) => {
    const house = await openSimpleJwt(written)
    await house.add({ username: 'ada' })
    const answer = await house.send(
      '/api/token/',
      members,
      wish === undefined ? {} : { 'accept-language': wish },
    )
    await house.house.close()
    return answer
  }
  const inEnglish = 'No active account found with the given credentials' satisfies Sentence

  test('is English alone unless told', async () => {
    const answer = await ask({}, 'fr')
    assert.equal(answer.json()['detail'], inEnglish)
    assert.equal(answer.header('content-language'), undefined)
    assert.doesNotMatch(answer.header('vary') ?? '', /language/i)
  })

  test('is what was wished for, and says so', async () => {
    const answer = await ask({ locales: true }, 'fr')
    assert.equal(answer.json()['detail'], "Aucun compte actif n'a été trouvé avec les identifiants fournis")
    assert.equal(answer.header('content-language'), 'fr')
    assert.equal(answer.header('vary'), 'Accept, Accept-Language, Origin')
    assert.equal(answer.status, 401)
  })

  test('says what is wrong with each field, and leaves the names of fields alone', async () => {
    const answer = await ask({ locales: true }, 'de', {})
    assert.deepEqual(answer.json(), {
      username: ['Dieses Feld ist erforderlich.'],
      password: ['Dieses Feld ist erforderlich.'],
    })
  })

  test('is the usual one where nothing can be met, and the usual one may be another', async () => {
    assert.equal((await ask({ locales: ['en', 'fr'] }, 'de')).json()['detail'], inEnglish)
    const usual = await ask({ locale: 'de', locales: ['de', 'fr'] }, 'es')
    assert.equal(usual.header('content-language'), 'de')
    const fixed = await ask({ locale: 'de' }, 'fr')
    assert.equal(fixed.json()['detail'], catalogues['de']?.[inEnglish])
    assert.equal(fixed.header('content-language'), undefined)
  })

  test('is in the operator’s own words, also in a language that we lack', async () => {
    const messages = { fr: { [inEnglish]: 'Non.' }, eo: { [inEnglish]: 'Ne.' } }
    assert.equal((await ask({ locales: true, messages }, 'fr')).json()['detail'], 'Non.')
    assert.equal((await ask({ locales: true, messages }, 'eo')).json()['detail'], 'Ne.')
    assert.deepEqual((await ask({ locales: true, messages }, 'eo', {})).json(), {
      username: ['This field is required.'],
      password: ['This field is required.'],
    })
  })

  test('a sentence that is not known, or lacks what is put in, is found at the start', () => {
    for (const messages of [
      { fr: { 'Never said.': 'Jamais.' } },
      { fr: { 'Method "{method}" not allowed.': 'Non.' } },
    ])
      assert.equal(settings.safeParse({ messages }).success, false)
    assert.equal(settings.safeParse({ locales: [] }).success, false)
    assert.equal(settings.safeParse({ locale: 'FR' }).success, false)
  })

  test('tokens and what people wrote are left alone', () => {
    const speech = speechOf(settings.parse({ locales: true }))
    const body = JSON.stringify({ access: 'Token is invalid' })
    const outgoing = { status: 200, headers: {}, body }
    assert.equal(speech?.(outgoing, 'fr').body, body)
  })
})
