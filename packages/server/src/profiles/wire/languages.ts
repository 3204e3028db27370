// The sentences in the languages that there are words for. A language that lacks one doesn't compile.
import { ar } from './languages/ar.ts'
import { cs } from './languages/cs.ts'
import { da } from './languages/da.ts'
import { de } from './languages/de.ts'
import { es } from './languages/es.ts'
import { fa } from './languages/fa.ts'
import { fr } from './languages/fr.ts'
import { he } from './languages/he.ts'
import { id } from './languages/id.ts'
import { it } from './languages/it.ts'
import { ja } from './languages/ja.ts'
import { ko } from './languages/ko.ts'
import { nb } from './languages/nb.ts'
import { nl } from './languages/nl.ts'
import { pl } from './languages/pl.ts'
import { pt } from './languages/pt.ts'
import { ptBr } from './languages/pt-br.ts'
import { ro } from './languages/ro.ts'
import { ru } from './languages/ru.ts'
import { sl } from './languages/sl.ts'
import { sv } from './languages/sv.ts'
import { tr } from './languages/tr.ts'
import { uk } from './languages/uk.ts'
import { zhHans } from './languages/zh-hans.ts'
import type { Catalogue } from './words.ts'

/** By the language's tag in lower case. */
export const catalogues: Readonly<Record<string, Catalogue>> = {
  ar,
  cs,
  da,
  de,
  es,
  fa,
  fr,
  he,
  id,
  it,
  ja,
  ko,
  nb,
  nl,
  pl,
  pt,
  'pt-br': ptBr,
  ro,
  ru,
  sl,
  sv,
  tr,
  uk,
  'zh-hans': zhHans,
}
