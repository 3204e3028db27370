// The names that this server has, as one augmentation for @countersign/sdk: an application that includes it can misspell
// no role and no scope, and knows what details hold.
import type { Api } from '../oauth/apis/api.ts'
import type { DetailField, DetailFields, DetailsType } from '../oauth/details/types.ts'

/** The first line of such a file: one without it is somebody’s own, and is not written over. */
export const typesMark = '// Written by `countersign config types`. Changes are lost.'

/** What there are names of. */
export interface Named {
  readonly roles: readonly string[]
  readonly apis: readonly Pick<Api, 'scopes' | 'details'>[]
}

/** A declaration file. What there is none of is left as open as it is without the file. */
export function typesFile({ roles, apis }: Named): string {
  const scopes = apis.flatMap((api) => api.scopes.map(({ name }) => name))
  const details = apis.flatMap((api) => api.details)
  const members = [
    ...member('roles', roles.map(literal)),
    ...member('scopes', scopes.map(literal)),
    ...member('details', details.map(detailsType)),
  ]
  const body = members.length === 0 ? [] : ['  interface Register {', ...members, '  }']
  return `${[typesMark, "import '@countersign/sdk/verify'", '', "declare module '@countersign/sdk/verify' {", ...body, '}'].join('\n')}\n`
}

/** One member of a line for each type of its union, in an order that says nothing. */
function member(name: string, types: readonly string[]): string[] {
  if (types.length === 0) return []
  return [`    ${name}:`, ...[...new Set(types)].toSorted().map((type) => `      | ${type}`)]
}

function detailsType({ type, fields }: DetailsType): string {
  return `{ readonly type: ${literal(type)}; ${membersOf(fields)} }`
}

function membersOf(fields: DetailFields): string {
  return Object.entries(fields)
    .map(
      ([name, field]) => `readonly ${literal(name)}${field.optional === true ? '?' : ''}: ${typeOf(field)}`,
    )
    .join('; ')
}

function typeOf(field: DetailField): string {
  switch (field.kind) {
    case 'text':
      return field.oneOf === undefined ? 'string' : field.oneOf.map(literal).join(' | ')
    case 'number':
      return 'number'
    case 'amount':
      return 'string'
    case 'flag':
      return 'boolean'
    case 'list':
      return `readonly (${typeOf(field.of)})[]`
    case 'object':
      return `{ ${membersOf(field.fields)} }`
  }
}

/** A text as a literal type: whatever is in it stays in it. */
function literal(text: string): string {
  return JSON.stringify(text)
}
