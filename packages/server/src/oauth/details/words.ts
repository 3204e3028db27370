// A detail in a person's words: the sentence of its type, and beneath it whatever the sentence leaves out, so that nothing
// is agreed to unread.
import { type AuthorizationDetail, isJsonObject } from '@countersign/protocol'
import type { DetailField, DetailFields, DetailsType } from './types.ts'

/** What a person reads of a detail. */
export interface DetailWords {
  readonly title: string
  /** What the title does not say. Lists that a person picks from are not among them. */
  readonly facts: readonly DetailFact[]
}

/** A member, and its value. */
export interface DetailFact {
  readonly label: string
  readonly text: string
}

const placeholder = /\{([^{}]+)\}/g

/** The paths that a type's sentence speaks of. */
export function pathsIn(words: string): string[] {
  return [...words.matchAll(placeholder)].map(([, path = '']) => path)
}

/** The words of a detail that conforms to its type. */
export function wordsOf(detail: AuthorizationDetail, { words, fields }: DetailsType): DetailWords {
  const title = words.replaceAll(placeholder, (_, path: string) => valueAt(detail, fields, path.split('.')))
  return { title, facts: factsIn(detail, fields, '', new Set(pathsIn(words))) }
}

function valueAt(
  members: Readonly<Record<string, unknown>>,
  fields: DetailFields,
  [name = '', ...rest]: readonly string[],
): string {
  const field = fields[name]
  const value = members[name]
  if (field === undefined) return ''
  if (rest.length === 0) return textOf(value, field)
  return field.kind === 'object' && isJsonObject(value) ? valueAt(value, field.fields, rest) : ''
}

function factsIn(
  members: Readonly<Record<string, unknown>>,
  fields: DetailFields,
  within: string,
  said: ReadonlySet<string>,
): DetailFact[] {
  return Object.entries(fields).flatMap(([name, field]): DetailFact[] => {
    const path = `${within}${name}`
    if (!Object.hasOwn(members, name) || said.has(path)) return []
    const value = members[name]
    if (field.kind === 'list' && field.choose === true) return []
    if (field.kind === 'object' && isJsonObject(value)) return factsIn(value, field.fields, `${path}.`, said)
    return [{ label: field.label ?? nameWords(name), text: textOf(value, field) }]
  })
}

/** A value as a person reads it. */
export function textOf(value: unknown, field: DetailField): string {
  if (field.kind === 'flag') return value === true ? 'yes' : 'no'
  if (field.kind === 'list' && Array.isArray(value))
    return value.map((element) => textOf(element, field.of)).join(', ')
  if (field.kind === 'object' && isJsonObject(value))
    return Object.entries(field.fields)
      .filter(([name]) => Object.hasOwn(value, name))
      .map(([name, own]) => `${own.label ?? nameWords(name)} ${textOf(value[name], own)}`)
      .join(' · ')
  return String(value)
}

/** A member's name as words: `creditorName` and `creditor_name` are “Creditor name”. */
export function nameWords(name: string): string {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/[_-]+/g, ' ')
    .trim()
    .toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}
