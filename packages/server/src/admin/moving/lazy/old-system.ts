// A system that people come from, asked whether a name and a password are right there, by the wire that it speaks.
import { peekUnverified } from '@countersign/protocol'
import { type Egress, EgressFailure } from '../../../platform/http/egress.ts'
import { listIn, membersIn, textIn } from '../sources/values.ts'

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
  /** The password that is right: without the spaces around what was typed, where that system takes them away itself. */
  readonly password: string
}

/** What came of asking. */
export type Answered =
  | { readonly is: 'right'; readonly told: Told }
  | { readonly is: 'wrong' }
  /** Nothing that says whether the password is right. */
  | { readonly is: 'none'; readonly because: string }

interface Question {
  readonly name: string
  readonly password: string
  readonly timeoutMs: number
}

/** Serializers refuse by 400 or 401, what locks people out before them by 403. Elsewhere than Knock 404 is a wrong address. */
const usualRefusals: readonly number[] = [400, 401, 403]

/** The wire of each kind. */
const wires: {
  readonly [K in OldSystem['kind']]: {
    readonly body: (name: string, password: string, nameField: string) => unknown
    readonly token: (answer: Readonly<Record<string, unknown>>) => unknown
    readonly scheme: string
    /** How it says that a name and a password are not right. */
    readonly refusals: readonly number[]
  }
} = {
  simplejwt: {
    body: (name, password, nameField) => ({ [nameField]: name, password }),
    token: ({ access, token }) => access ?? token,
    scheme: 'Bearer',
    refusals: usualRefusals,
  },
  knock: {
    body: (name, password, nameField) => ({ auth: { [nameField]: name, password } }),
    token: ({ jwt }) => jwt,
    scheme: 'Bearer',
    refusals: [...usualRefusals, 404],
  },
  'drf-token': {
    body: (name, password, nameField) => ({ [nameField]: name, password }),
    token: ({ token, auth_token: ofDjoser, key }) => token ?? ofDjoser ?? key,
    scheme: 'Token',
    refusals: usualRefusals,
  },
}

/** Asks. The answer is believed for whom it comes from: the token is read and never verified. */
export async function askOldSystem(egress: Egress, system: OldSystem, question: Question): Promise<Answered> {
  const password = question.password.trim()
  if (password === question.password) return askOnce(egress, system, question)
  // Most serializers take spaces away before they look: kept as it was typed, the person's own password would be wrong.
  const [typed, bare] = await Promise.all([
    askOnce(egress, system, question),
    askOnce(egress, system, { ...question, password }),
  ])
  const isTrimmed = typed.is === 'right' && bare.is === 'right' && bare.told.id === typed.told.id
  return isTrimmed ? bare : typed
}

async function askOnce(
  egress: Egress,
  system: OldSystem,
  { name, password, timeoutMs }: Question,
): Promise<Answered> {
  const { body, token: tokenIn, scheme, refusals } = wires[system.kind]
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  try {
    const answer = await egress(system.url, {
      method: 'POST',
      headers,
      body: JSON.stringify(body(name, password, system.nameField)),
      timeoutMs,
    })
    if (refusals.includes(answer.status))
      return misses(membersIn(await answer.text()))
        ? none('it misses a field: see nameField')
        : { is: 'wrong' }
    if (!answer.ok) return none(`answered ${answer.status}`)
    const said = membersIn(await answer.text())
    // dj-rest-auth wants a code now: who has a second factor there has to be brought with it.
    if (said['mfa_required'] === true) return { is: 'wrong' }
    const token = textIn(tokenIn(said))
    if (token === null) return none('no token in the answer')
    const claims = peekUnverified(token)?.claims ?? {}
    const person =
      system.me === null
        ? {}
        : await personAt(egress, system.me, { authorization: `${scheme} ${token}`, ...headers }, timeoutMs)
    if (person === null) return none('no person for the token')
    const id = textIn(claims[system.idClaim]) ?? textIn(person['id'] ?? person['pk'])
    if (id === null || id.length > 255 || /\p{Cc}/u.test(id)) return none('no id of the person')
    const [username, email] = [textIn(person['username']), textIn(person['email'])]
    return { is: 'right', told: { id, username, email, password } }
  } catch (error) {
    if (error instanceof EgressFailure) return none(error.fault)
    throw error
  }
}

/** Whether a serializer wants another field than those that it was sent: nobody's password was looked at then. */
function misses(said: Readonly<Record<string, unknown>>): boolean {
  return Object.values(said).some((words) => listIn(words).includes('This field is required.'))
}

function none(because: string): Answered {
  return { is: 'none', because }
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
