// From an operator's JSON to types of details: everything that is wrong with it at once, and nothing stored that could
// not be checked, compared or read aloud.
import { isJsonObject } from '@countersign/protocol'
import { wholly } from './conform.ts'
import type { DetailFields, DetailKind, DetailsType } from './types.ts'
import { pathsIn } from './words.ts'

/** Something that speaks against a type as declared; never quotes a value. */
export interface DetailsFinding {
  readonly path: string
  readonly code: string
  readonly message: string
}

type Find = (path: string, code: string, message: string) => void

/** How deep members may lie within members. */
const deepest = 4
const mostFields = 40

/** Types as declared; the usual answers where a declaration leaves them out. */
export type DetailsDescription = Pick<DetailsType, 'type' | 'words' | 'fields'> & Partial<DetailsType>

/** The type of a description that has no findings. */
export function detailsTypeOf(described: DetailsDescription): DetailsType {
  const { type, words, fields, remembered = false, withoutPerson = false } = described
  return { type, words, fields, remembered, withoutPerson }
}

/** What is wrong with the types of an API. @param taken the types of all other APIs */
export function checkDetailsTypes(
  described: readonly unknown[],
  taken: ReadonlySet<string>,
): readonly DetailsFinding[] {
  const findings: DetailsFinding[] = []
  const own = new Set<unknown>()
  for (const [index, type] of described.entries()) {
    const at = `details.${index}`
    const find: Find = (path, code, message) => {
      findings.push({ path: path === '' ? at : `${at}.${path}`, code, message })
    }
    if (!isJsonObject(type)) {
      find('', 'type', 'must be an object with type, words and fields')
      continue
    }
    checkType(type, find)
    const name = type['type']
    if (typeof name === 'string' && taken.has(name)) find('type', 'taken', 'belongs to another API already')
    if (own.has(name)) find('type', 'repeated', 'is declared twice')
    own.add(name)
  }
  return findings
}

function checkType(described: Readonly<Record<string, unknown>>, find: Find): void {
  const { type, words, fields, remembered, withoutPerson, ...others } = described
  refuseOthers(others, '', find)
  if (typeof type !== 'string' || !/^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/.test(type))
    find('type', 'character', 'must be 1 to 128 printable characters without spaces, quotes and backslashes')
  for (const [name, value] of Object.entries({ remembered, withoutPerson })) {
    if (value !== undefined && typeof value !== 'boolean') find(name, 'type', 'must be true or false')
  }
  const sound = checkFields(fields, 'fields', 1, find)
  if (typeof words !== 'string' || words.trim() === '' || words.length > 200) {
    find('words', 'length', 'must be a sentence of 1 to 200 characters')
  } else if (sound) checkWords(words, fields as DetailFields, find)
}

/** The sentence is whole for every detail of the type. */
function checkWords(words: string, fields: DetailFields, find: Find): void {
  const speakable = pathsIn(words).every((path) => isAlwaysThere(path.split('.'), fields))
  if (!speakable) find('words', 'unknown', 'may only name members that every detail of the type has')
  if (/[{}]/.test(words.replaceAll(/\{[^{}]+\}/g, '')))
    find('words', 'brace', 'has a brace that nothing closes')
}

function isAlwaysThere([name = '', ...rest]: readonly string[], fields: DetailFields): boolean {
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (field === undefined || field.optional === true) return false
  if (rest.length > 0) return field.kind === 'object' && isAlwaysThere(rest, field.fields)
  // What a person picks from is listed beneath the sentence.
  return !(field.kind === 'list' && field.choose === true)
}

/** @returns whether there is nothing against them */
function checkFields(fields: unknown, path: string, depth: number, find: Find): boolean {
  if (!isJsonObject(fields)) {
    find(path, 'type', 'must be an object of members')
    return false
  }
  const names = Object.keys(fields)
  if (names.length > mostFields) find(path, 'length', `may have at most ${mostFields} members`)
  let sound = names.length <= mostFields
  for (const name of names) {
    const at = `${path}.${name}`
    if (!/^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(name) || (depth === 1 && name === 'type')) {
      find(path, 'character', 'has a member whose name can not be one')
      sound = false
    } else if (!checkField(fields[name], at, { depth, inList: false }, find)) sound = false
  }
  return sound
}

interface Place {
  readonly depth: number
  readonly inList: boolean
}

function checkField(field: unknown, path: string, { depth, inList }: Place, find: Find): boolean {
  let sound = true
  const say = (code: string, message: string): void => {
    sound = false
    find(path, code, message)
  }
  if (!isJsonObject(field) || !isKind(field['kind'])) {
    say('kind', `must be an object with a kind: ${Object.keys(members).join(', ')}`)
    return false
  }
  const { kind, label, optional, absent, ...rest } = field
  if (label !== undefined && (typeof label !== 'string' || label.trim() === '' || label.length > 60))
    say('label', 'must have a label of 1 to 60 characters')
  if (optional !== undefined && typeof optional !== 'boolean') say('optional', 'optional is true or false')
  if (absent !== undefined && (optional !== true || !['widest', 'narrowest'].includes(String(absent))))
    say('absent', 'absent is widest or narrowest, for optional members')
  const known = members[kind]
  for (const [name, value] of Object.entries(rest)) {
    const isOk = known[name]
    if (isOk === undefined) say('member', `has a member that the kind ${kind} does not have`)
    else if (!isOk(value)) say(name, `${name} is not as it should be`)
  }
  if (rest['choose'] === true && (rest['narrows'] !== true || inList))
    say('choose', 'people pick from lists that narrow, and that are not within lists')
  if (depth > deepest) {
    say('depth', `lies deeper than ${deepest}`)
    return false
  }
  const inside = { depth: depth + 1, inList: true }
  if (kind === 'list') return checkField(rest['of'], `${path}.of`, inside, find) && sound
  if (kind === 'object') return checkFields(rest['fields'], `${path}.fields`, depth + 1, find) && sound
  return sound
}

function isKind(kind: unknown): kind is DetailKind {
  return typeof kind === 'string' && Object.hasOwn(members, kind)
}

const isFlag = (value: unknown): boolean => typeof value === 'boolean'
const isNumber = (value: unknown): boolean => typeof value === 'number'
const isCount = (value: unknown): boolean =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 100

/** What a field of each kind may say beside what every field may. */
const members: {
  readonly [K in DetailKind]: Readonly<Record<string, (value: unknown) => boolean>>
} = {
  text: {
    oneOf: (value) =>
      Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string'),
    pattern: isPattern,
    longest: (value) => Number.isInteger(value) && Number(value) > 0 && Number(value) <= 1000,
  },
  number: { whole: isFlag, least: isNumber, most: isNumber, narrows: isFlag },
  amount: { narrows: isFlag },
  flag: {},
  list: { of: () => true, least: isCount, most: isCount, narrows: isFlag, choose: isFlag },
  object: { fields: () => true },
}

function isPattern(value: unknown): boolean {
  if (typeof value !== 'string' || value.length > 200) return false
  try {
    wholly(value)
    return true
  } catch {
    return false
  }
}

function refuseOthers(others: Readonly<Record<string, unknown>>, path: string, find: Find): void {
  if (Object.keys(others).length > 0)
    find(path, 'member', 'has a member that a type of details does not have')
}
