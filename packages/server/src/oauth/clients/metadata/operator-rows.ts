// What only an operator says of a client, in a file for the command line. These names are in no register, and are never
// taken from the client itself.
import type { ExchangeDescription } from '../../exchange/policy.ts'
import type { Elsewhere } from '../../id-jag/elsewhere.ts'
import { flag, object, present, type Reading, text, texts } from './reading.ts'
import { type MetadataRow, member } from './row.ts'

const exchange: Reading<ExchangeDescription> = {
  must: 'must be {"audiences": […], "scopes": {"scope": ["from"]}, "impersonates": true or false}',
  read: (value) => {
    const members = object().read(value)
    if (members === undefined) return undefined
    const audiences = texts().read(members['audiences'])
    const scopes = object<Readonly<Record<string, readonly string[]>>>().read(members['scopes'] ?? {})
    const impersonates = flag.read(members['impersonates'] ?? false)
    const isWhole =
      scopes !== undefined && Object.values(scopes).every((sources) => texts().read(sources) !== undefined)
    if (audiences === undefined || impersonates === undefined || !isWhole) return undefined
    return { audiences, scopes, impersonates }
  },
}

const place: Reading<Elsewhere> = {
  must: '',
  read: (value) => {
    const members = object().read(value)
    const audience = text().read(members?.['audience'])
    const clientId = text().read(members?.['client_id'])
    const scopes = texts().read(members?.['scopes'] ?? [])
    const resources = texts().read(members?.['resources'] ?? [])
    const namesOf = members?.['names_of'] ?? null
    const email = flag.read(members?.['email'] ?? false)
    const isWhole =
      audience !== undefined && clientId !== undefined && (namesOf === null || typeof namesOf === 'string')
    if (!isWhole || scopes === undefined || resources === undefined || email === undefined) return undefined
    return { audience, clientId, scopes, resources, namesOf, email }
  },
}

const places: Reading<readonly Elsewhere[]> = {
  must: 'must be a list of {"audience": "…", "client_id": "…", "scopes": […], "resources": […], "names_of": "…", "email": true or false}',
  read: (value) => {
    if (!Array.isArray(value)) return undefined
    const read = value.map((item) => place.read(item))
    return read.every((item) => item !== undefined) ? read : undefined
  },
}

function printedPlace({ clientId, namesOf, ...rest }: Elsewhere): Readonly<Record<string, unknown>> {
  return { ...rest, client_id: clientId, ...(namesOf !== null && { names_of: namesOf }) }
}

/** The rows, in the order in which they are printed. */
export const operatorRows: readonly MetadataRow[] = [
  member('client_id', 'id', text()),
  {
    names: { client_secret: 'secret' },
    parse: (given) => present({ secret: given.get('client_secret', text()) }),
    // Only its digest is known.
    print: () => ({}),
  },
  member('first_party', 'firstParty', flag),
  member('attester_jwks', 'attesterJwks', object()),
  member('api', 'api', text()),
  {
    names: { token_exchange: 'exchange' },
    parse: (given) => present({ exchange: given.get('token_exchange', exchange) }),
    print: ({ exchange: policy }) => (policy === null ? {} : { token_exchange: policy }),
  },
  {
    names: { elsewhere: 'elsewhere' },
    parse: (given) => present({ elsewhere: given.get('elsewhere', places) }),
    print: ({ elsewhere }) => (elsewhere.length === 0 ? {} : { elsewhere: elsewhere.map(printedPlace) }),
  },
]
