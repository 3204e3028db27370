// Auth0: the users of the bulk export, one JSON object a line, with the hashes that its support hands out.
import type { Found } from '../records.ts'
import { auth0Client } from './auth0-clients.ts'
import { identitiesIn, type Linked, unlinked } from './elsewhere.ts'
import { checkedFirst, type ExportFile, isList, jsonFile, jsonLines, openExport } from './export-file.ts'
import { personFound } from './found.ts'
import { counting, longDocument } from './json-document.ts'
import { usualTotp } from './second-factors.ts'
import type { Gauge, Source } from './source.ts'
import { claimsOf, listIn, membersIn, momentIn, textIn, truthIn } from './values.ts'

export const auth0: Source = {
  title: 'Auth0',
  reads: 'an export with one user a line, or a list of users (JSON), or - for standard input',
  options: { clients: 'a JSON file of its clients (auth0 api get clients)' },
  numbers: [],
  async *read({ from, piped, options, since, gauge }) {
    const file = await openExport({ from, piped }, 'auth0')
    const clients = options['clients'] === undefined ? [] : clientsIn(await jsonFile(options['clients']))
    for await (const user of usersIn(file, gauge)) {
      const changed = momentIn(user['updated_at']) ?? momentIn(user['created_at'])
      if (since !== null && (changed ?? 0) < since) continue
      const id = idOf(user)
      yield userOf(user, id)
      yield* unlinked(id, linkedIn(user))
      for (const what of ['app_metadata', 'user_metadata'])
        if (Object.keys(membersIn(user[what])).some((name) => what !== 'app_metadata' || name !== 'roles'))
          yield { kind: 'left-behind', what, id }
    }
    for (const client of clients) yield* auth0Client(client)
  },
}

type Json = Readonly<Record<string, unknown>>

function clientsIn(listed: unknown): readonly Json[] {
  return (Array.isArray(listed) ? listed : listIn(membersIn(listed)['clients'])).map(membersIn)
}

/** Its bulk export has one a line; what its Management API answers is a list. */
async function* usersIn(file: ExportFile, gauge: Gauge | undefined): AsyncGenerator<Json> {
  if (isList(file)) return yield* counting([await longDocument(file, null, gauge)], gauge)
  for await (const [user] of checkedFirst(file, gauge, (passed) => jsonLines(file, passed)))
    yield membersIn(user)
}

function idOf(user: Json): string {
  const own = textIn(membersIn(user['_id'])['$oid'])
  return textIn(user['user_id']) ?? (own === null ? (textIn(user['email']) ?? '') : `auth0|${own}`)
}

function userOf(user: Json, id: string): Found {
  return personFound({
    id,
    username: textIn(user['username']),
    email: textIn(user['email']),
    emailVerified: truthIn(user['email_verified']),
    name: textIn(user['name']) ?? textIn(user['nickname']) ?? '',
    claims: claimsOf({
      given_name: user['given_name'],
      family_name: user['family_name'],
      nickname: user['nickname'],
      picture: user['picture'],
      locale: user['locale'],
      phone_number: user['phone_number'],
    }),
    passwordHash: textIn(user['passwordHash']) ?? textIn(membersIn(user['custom_password_hash'])['hash']),
    roles: listIn(membersIn(user['app_metadata'])['roles']).flatMap((role) => textIn(role) ?? []),
    identities: identitiesIn(linkedIn(user)),
    disabled: truthIn(user['blocked']),
    createdAt: momentIn(user['created_at']),
    totp: totpIn(user),
  })
}

/** As its support hands them out, and as its own import takes them: `mfa_factors`. */
function totpIn(user: Json) {
  const secrets = listIn(user['mfa_factors']).map((factor) => membersIn(membersIn(factor)['totp'])['secret'])
  return usualTotp(secrets.map(textIn).find((secret) => secret !== null) ?? null)
}

function linkedIn(user: Json): Linked[] {
  return listIn(user['identities'])
    .map(membersIn)
    .map(({ provider, user_id: subject }) => ({ provider, subject }))
}
