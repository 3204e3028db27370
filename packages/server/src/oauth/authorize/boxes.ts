// The things that a person can tick, in words: about themselves first, then API by API.
import type { Api } from '../apis/api.ts'
import type { Apis } from '../apis/catalogue.ts'
import { typeOf } from '../details/asked.ts'
import { choicesOf } from '../details/choice.ts'
import { type DetailFact, wordsOf } from '../details/words.ts'
import { identityWords } from './identity-words.ts'
import { elementKey, type Item, isIdentity, isRequired } from './items.ts'
import type { Offer } from './offer.ts'

/** What belongs together on the page. */
export interface Part {
  /** Null for what is about the person. */
  readonly api: { readonly name: string | null; readonly identifier: string } | null
  readonly boxes: readonly Box[]
}

/** One thing to tick. */
export interface Box {
  /** The name of its field; its value is `yes`. */
  readonly key: string
  readonly title: string
  readonly detail: string | null
  readonly facts: readonly DetailFact[]
  /** It is ticked, and stays so. */
  readonly required: boolean
  readonly ticked: boolean
  /** Whoever agrees is asked about it again, however often. */
  readonly eachTime: boolean
  /** Lists within it, each element with a box of its own. */
  readonly lists: readonly BoxList[]
}

/** Elements to pick among. */
export interface BoxList {
  readonly label: string
  readonly elements: readonly { readonly key: string; readonly text: string }[]
}

/** What is to be said of a scope instead of the usual. */
export type OwnWords = Readonly<Record<string, readonly [title: string, detail: string]>>

/** What can be ticked, part by part. */
export function partsOf({ open, declined }: Offer, apis: Apis, own: OwnWords = {}): readonly Part[] {
  const boxOf = (item: Item): Box => {
    const { lists = [], facts = [], eachTime = false, ...words } = wordsOfItem(item, apis, own)
    return {
      key: item.key,
      ...words,
      facts,
      lists,
      eachTime,
      required: isRequired(item),
      ticked: !declined.has(item.key),
    }
  }
  const byApi = Map.groupBy(
    open.filter((item) => !isIdentity(item)),
    (item) => apiOf(item, apis),
  )
  const aboutThem = open.filter(isIdentity)
  return [
    ...(aboutThem.length === 0 ? [] : [{ api: null, boxes: aboutThem.map(boxOf) }]),
    ...[...byApi].map(([api, items]) => ({
      api: api === undefined ? null : headingOf(api),
      boxes: items.map(boxOf),
    })),
  ]
}

/** Things in a few words each. */
export function titlesOf(items: readonly Item[], apis: Apis): readonly string[] {
  return items.map((item) => wordsOfItem(item, apis).title)
}

function headingOf({ name, identifier }: Api): NonNullable<Part['api']> {
  return { name: name === identifier ? null : name, identifier }
}

function apiOf(item: Item, apis: Apis): Api | undefined {
  if (item.kind === 'api') return apis.withIdentifier(item.identifier)
  return item.kind === 'detail' ? apis.ofDetails(item.detail.type) : apis.ofScope(item.name)
}

interface Words {
  readonly title: string
  readonly detail: string | null
  readonly facts?: readonly DetailFact[]
  readonly lists?: readonly BoxList[]
  readonly eachTime?: boolean
}

function wordsOfItem(item: Item, apis: Apis, own: OwnWords = {}): Words {
  if (item.kind === 'api') return { title: 'Use it in your name', detail: null }
  if (item.kind === 'detail') {
    const type = typeOf(item.detail, apis)
    const lists = choicesOf(item.detail, type).map(({ path, label, elements }) => ({
      label,
      elements: elements.map((text, index) => ({ key: elementKey(item.key, path, index), text })),
    }))
    const detail = type.remembered ? null : 'You’re asked about this each time'
    return { ...wordsOf(item.detail, type), detail, lists, eachTime: !type.remembered }
  }
  const known = (Object.hasOwn(own, item.name) ? own[item.name] : undefined) ?? identityWords.get(item.name)
  if (known !== undefined) return { title: known[0], detail: known[1] === '' ? null : known[1] }
  const description =
    apis.ofScope(item.name)?.scopes.find(({ name }) => name === item.name)?.description ?? ''
  return description === '' ? { title: item.name, detail: null } : { title: description, detail: item.name }
}
