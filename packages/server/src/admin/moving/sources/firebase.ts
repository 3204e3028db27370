// Firebase: what `firebase auth:export` writes, and the parameters of the project's scrypt, which its console shows.
import { ForeignUnreadable } from '../../../platform/db/foreign-rows.ts'
import { identitiesIn, type Linked, unlinked } from './elsewhere.ts'
import { jsonIn, openExport, smallFile } from './export-file.ts'
import { personFound } from './found.ts'
import { counting, longDocument } from './json-document.ts'
import { type Source, tellsLittle } from './source.ts'
import { claimsOf, listIn, membersIn, momentIn, textIn, truthIn } from './values.ts'

export const firebase: Source = {
  title: 'Firebase',
  reads: 'a file of auth:export (JSON), or - for standard input',
  options: {
    'hash-config':
      'a file with the hash parameters of the project, as its console shows them (hash_config { … }), or as JSON',
  },
  numbers: [],
  async *read({ from, piped, options, since, gauge }) {
    const hashOf = await hashing(options['hash-config'])
    const file = await openExport({ from, piped }, 'firebase')
    const document = await longDocument(file, 'users', gauge)
    if (document.count === null) throw new ForeignUnreadable(`${file.name} holds no users.`)
    if (since !== null) yield { kind: 'remark', text: tellsLittle }
    for await (const user of counting([document], gauge)) {
      if (options['hash-config'] === undefined && textIn(user['passwordHash']) !== null)
        yield { kind: 'remark', text: aboutHashes }
      const createdAt = momentIn(user['createdAt'])
      if (since !== null && Math.max(createdAt ?? 0, momentIn(user['lastSignedInAt']) ?? 0) < since) continue
      const id = textIn(user['localId']) ?? ''
      yield personFound({
        id,
        email: textIn(user['email']),
        emailVerified: truthIn(user['emailVerified']),
        name: textIn(user['displayName']) ?? '',
        claims: claimsOf({ picture: user['photoUrl'], phone_number: user['phoneNumber'] }),
        passwordHash: hashOf(user),
        identities: identitiesIn(linkedIn(user)),
        disabled: truthIn(user['disabled']),
        createdAt,
      })
      yield* unlinked(id, linkedIn(user))
      if (Object.keys(membersIn(user['customAttributes'])).length > 0)
        yield { kind: 'left-behind', what: 'custom claims', id }
      for (const _ of listIn(user['mfaInfo'])) {
        yield { kind: 'left-behind', what: 'second factors', id }
        yield { kind: 'remark', text: aboutFactors }
      }
    }
  },
}

const aboutFactors =
  'Firebase gives out no secrets of second factors: who had one there has a password alone here, until they set one up.'

const aboutHashes =
  'Firebase’s hashes are of no use without the parameters of its project: with --hash-config people keep their passwords.'

type HashOf = (user: Readonly<Record<string, unknown>>) => string | null

/** As `hashes/scrypt.ts` reads it: the project's separator goes behind each salt. */
async function hashing(file: string | undefined): Promise<HashOf> {
  if (file === undefined) return () => null
  const config = parametersIn(await smallFile(file), file)
  const parts = parameterNames.map((names) =>
    names.map((name) => textIn(config[name])).find((text) => text !== null),
  )
  const [signer, separator, rounds, memory] = parts
  if (signer == null || separator == null || rounds == null || memory == null) {
    const missing = parameterNames.flatMap(([name], at) => (parts[at] == null ? [name] : []))
    throw new ForeignUnreadable(`${file} has no ${missing.join(', ')}.`)
  }
  return (user) => {
    const [hash, salt] = [textIn(user['passwordHash']), textIn(user['salt'])]
    if (hash === null || salt === null) return null
    const whole = Buffer.concat([bytes(salt), bytes(separator)]).toString('base64')
    return [
      'firebase',
      rounds,
      memory,
      bytes(signer).toString('base64'),
      whole,
      bytes(hash).toString('base64'),
    ].join('$')
  }
}

/** Each as the console calls it, as its API for the configuration of a project does, and as older tools do. */
const parameterNames = [
  ['base64_signer_key', 'signerKey'],
  ['base64_salt_separator', 'saltSeparator'],
  ['rounds'],
  ['mem_cost', 'memoryCost', 'memCost'],
] as const

/** The console shows `hash_config { name: value, … }`, in which no value is quoted. */
function parametersIn(text: string, file: string): Readonly<Record<string, unknown>> {
  const [, shown] = /^\s*hash_config\s*\{([^{}]*)\}\s*$/.exec(text) ?? []
  if (shown === undefined) return membersIn(jsonIn(text, file))
  return Object.fromEntries(
    [...shown.matchAll(/(\w+):\s*([^\s,]+)/g)].map(([, name, value]) => [name, value]),
  )
}

/** Both alphabets of base64 occur. */
function bytes(base64: string): Buffer {
  return Buffer.from(base64.replaceAll('-', '+').replaceAll('_', '/'), 'base64')
}

function linkedIn(user: Readonly<Record<string, unknown>>): Linked[] {
  return listIn(user['providerUserInfo'])
    .map(membersIn)
    .map(({ providerId, rawId, email }) => ({ provider: providerId, subject: rawId, email }))
}
