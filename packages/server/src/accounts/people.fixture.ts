// A house with people in it, for tests: cheap hashes that are counted, and a way in that needs no form.
import { type House, type HouseOptions, openHouse } from '../platform/house.ts'
import { type Incoming, localPath, type Route, redirect, withCookies } from '../platform/http/exchange.ts'
import type { MailedLetter } from '../platform/mail/letter.ts'
import { builtinArgon2, type Cost } from './credentials/hashes/argon2.ts'
import { type LimitPolicies, limitPolicies } from './credentials/limit-policies.ts'
import { type Passwords, passwordsOf } from './credentials/passwords.ts'
import { byPassword, byTotp, together } from './sessions/session.ts'
import { openSession } from './sessions/sessions.ts'
import { createUser, type Person } from './users/create-user.ts'
import type { User } from './users/users.store.ts'

export interface People {
  readonly house: House
  readonly passwords: Passwords
  readonly limits: LimitPolicies
  /** How many times Argon2 ran so far. */
  readonly hashes: () => number
  /** Adds a person; ada@example.test, unless something else is said. */
  readonly add: (person?: Partial<Person>) => Promise<User>
}

/** The least work that Argon2 allows. */
export const cheapest: Cost = { memoryKib: 8, passes: 1, lanes: 1 }
export const password = 'analytical-engine-1843'
/** Limits that no test about something else meets. */
export const noLimits: LimitPolicies = {
  account: { free: 10_000, delays: [0, 0, 0, 0], cap: 10_000, seconds: 86_400 },
  device: { free: 10_000, delays: [0, 0, 0, 0], cap: 10_000, seconds: 86_400 },
  tries: { burst: 10_000, seconds: 60 },
  failures: { burst: 10_000, seconds: 60 },
  stuffing: { burst: 10_000, seconds: 60 },
  stuffingAround: { burst: 10_000, seconds: 60 },
  codes: { burst: 10_000, seconds: 300 },
  codesOfDay: { burst: 10_000, seconds: 300 },
  signUps: { burst: 10_000, seconds: 60 },
}

export async function openPeople(
  options: HouseOptions & {
    limits?: Partial<LimitPolicies>
    house?: House
  } = {},
): Promise<People> {
  const house = options.house ?? (await openHouse(options))
  let count = 0
  const passwords = passwordsOf(house, {
    cost: cheapest,
    slots: 2,
    argon2: (...all) => {
      count += 1
      return builtinArgon2(...all)
    },
  })
  return {
    house,
    passwords,
    limits: { ...limitPolicies, ...options.limits },
    hashes: () => count,
    add: async (person) => {
      const ada = { email: 'ada@example.test', name: 'Ada Lovelace', password, emailVerified: true }
      const created = await createUser(house, passwords, { ...ada, ...person })
      if (!created.ok) throw new Error(JSON.stringify(created.findings))
      return created.user
    },
  }
}

/** A way in for tests of what comes after: GET /enter/:user signs that user in; with `?two=yes`, by two factors. */
export function wayIn(house: House, remember = false): Route {
  return {
    method: 'GET',
    path: '/enter/:user',
    caller: 'browser',
    run: async (request: Incoming) => {
      const userId = request.params['user'] ?? ''
      const authentication = request.query.has('two') ? together(byPassword, byTotp) : byPassword
      const opened = await openSession(house, request, { userId, authentication, remember })
      const committed = await house.database.commit(opened.writes)
      if (!committed.ok) throw new Error(committed.lost)
      return withCookies(redirect(localPath('/account')), ...opened.cookies)
    },
  }
}

/** The letters that one address got, the newest first. */
export async function lettersTo(house: House, address: string): Promise<readonly MailedLetter[]> {
  return (await house.letters()).filter(({ to }) => to === address).reverse()
}

/** The link of the newest letter to an address that has one: the path and the query, as a person follows it. */
export async function mailedLink(house: House, address: string): Promise<string> {
  for (const { text } of await lettersTo(house, address)) {
    const link = /^https?:\/\/[^/\s]+(\/\S*secret=\S+)$/m.exec(text)?.[1]
    if (link !== undefined) return link
  }
  throw new Error('No letter there has a link.')
}

/** The secret in that link. */
export async function mailedSecret(house: House, address: string): Promise<string> {
  return new URL(await mailedLink(house, address), house.issuer.url).searchParams.get('secret') ?? ''
}
