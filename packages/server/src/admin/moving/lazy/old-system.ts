// A system that people come from, asked whether a name and a password are right there, by the wire that it speaks.
import { peekUnverified } from '@countersign/protocol'
import { type Egress, EgressFailure } from '../../../platform/http/egress.ts'
import { membersIn, textIn } from '../sources/values.ts'

/** How such systems are asked. */
export const oldSystemKinds = ['simplejwt', 'knock', 'drf-token'] as const

/** One of them. */
export interface OldSystem {
  readonly kind: (typeof oldSystemKinds)[number]
  /** Whence people are brought, as the import names it: `django`. */
  readonly source: string
  /** Where a name and a password are posted. */
  readonly url: string
  /** Where the person of a token is told: id, name, address. */
  readonly me: string | null
  /** What names are called in the request. */
  readonly nameField: string
  /** What of the token's claims is the person's id. */
  readonly idClaim: string
}

/** Whom a right password is of. */
export interface Told {
  /** What that system calls them. */
  readonly id: string
  readonly username: string | null
  readonly email: string | null
}

/** The wire of each kind. */
const wires: {
  readonly [K in OldSystem['kind']]: {
    readonly body: (name: string, password: string, nameField: string) => unknown
    readonly token: (answer: Readonly<Record<string, unknown>>) => unknown
    readonly scheme: string
  }
} = {
  simplejwt: {
    body: (name, password, nameField) => ({ [nameField]: name, password }),
    token: ({ access, token }) => access ?? token,
    scheme: 'Bearer',
  },
  knock: {
    body: (name, password, nameField) => ({ auth: { [nameField]: name, password } }),
    token: ({ jwt }) => jwt,
    scheme: 'Bearer',
  },
  'drf-token': {
    body: (name, password, nameField) => ({ [nameField]: name, password }),
    token: ({ token, auth_token: ofDjoser, key }) => token ?? ofDjoser ?? key,
    scheme: 'Token',
  },
}

/**
 * Asks once. The answer is believed for whom it comes from: the token is read and never verified.
 *
 * @returns null for a wrong password, for an answer that is none, and where nobody answers in time
 */
export async function askOldSystem(
  egress: Egress,
  system: OldSystem,
  {
    name,
    password,
    timeoutMs,
  }: { readonly name: string; readonly password: string; readonly timeoutMs: number },
): Promise<Told | null> {
  const { body, token: tokenIn, scheme } = wires[system.kind]
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  try {
    const answer = await egress(system.url, {
      method: 'POST',
      headers,
      body: JSON.stringify(body(name, password, system.nameField)),
      timeoutMs,
    })
    const token = answer.ok ? textIn(tokenIn(membersIn(await answer.text()))) : null
    if (token === null) return null
    const claims = peekUnverified(token)?.claims ?? {}
    const person =
      system.me === null
        ? {}
        : await personAt(egress, system.me, { authorization: `${scheme} ${token}`, ...headers }, timeoutMs)
    if (person === null) return null
    const id = textIn(claims[system.idClaim]) ?? textIn(person['id'] ?? person['pk'])
    if (id === null || id.length > 255 || /\p{Cc}/u.test(id)) return null
    return { id, username: textIn(person['username']), email: textIn(person['email']) }
  } catch (error) {
    if (error instanceof EgressFailure) return null
    throw error
  }
}

async function personAt(
  egress: Egress,
  url: string,
  headers: Readonly<Record<string, string>>,
  timeoutMs: number,
): Promise<Readonly<Record<string, unknown>> | null> {
  const answer = await egress(url, { method: 'GET', headers, timeoutMs })
  return answer.ok ? membersIn(await answer.text()) : null
}
