// People who come one by one from a real Django: by each of its views that take a name and a password, while it answers,
// while it says no, and while it says nothing of use.
import { fileURLToPath } from 'node:url'
import { provePassword } from '../../../packages/server/src/accounts/credentials/prove-password.ts'
import { noLimits, openPeople, type People } from '../../../packages/server/src/accounts/people.fixture.ts'
import { userByNumber } from '../../../packages/server/src/accounts/users/numbers.store.ts'
import { elsewhereOf } from '../../../packages/server/src/admin/moving/lazy/ask-elsewhere.ts'
import { userNamed } from '../../../packages/server/src/admin/moving/moving.fixture.ts'
import { type MovingConfig, readMoving } from '../../../packages/server/src/app/moving.ts'
import type { Finding } from '../../../packages/server/src/app/settings.ts'
import { prepare, python } from '../../interop/languages.ts'
import type { Held, Tried } from '../held.ts'
import { type Original, type Python, startOriginal } from '../python.ts'
import { trySilence } from './silence.ts'

const password = 'analytical-engine-1843'

/** How an operator names each view: what stands in `moving.lazy` beside the address of the server. */
type Way = Pick<NonNullable<NonNullable<MovingConfig['lazy']>['django']>, 'kind' | 'url'> & {
  readonly me?: string
  readonly nameField?: string
}

const ways: Readonly<Record<string, Way & { readonly jwt?: true }>> = {
  'Simple JWT': { kind: 'simplejwt', url: '/api/token/' },
  'Simple JWT that tells its people': { kind: 'simplejwt', url: '/api/v1/token/', me: '/auth/users/me/' },
  'sliding tokens of Simple JWT': { kind: 'simplejwt', url: '/api/sliding/' },
  'djoser’s tokens': { kind: 'simplejwt', url: '/auth/jwt/create/', me: '/auth/users/me/' },
  'keys of Django REST framework': { kind: 'drf-token', url: '/api-token-auth/', me: '/auth/users/me/' },
  'djoser’s keys': { kind: 'drf-token', url: '/auth/token/login/', me: '/auth/users/me/' },
  'dj-rest-auth’s keys': { kind: 'drf-token', url: '/dj-rest-auth/login/', me: '/dj-rest-auth/user/' },
  'dj-rest-auth’s tokens': {
    kind: 'simplejwt',
    url: '/dj-rest-auth/login/',
    me: '/dj-rest-auth/user/',
    jwt: true,
  },
}

/** Tries each. */
export async function tryLazy(): Promise<Tried> {
  const source = fileURLToPath(new URL('../djoser/', import.meta.url))
  const prepared = await prepare({ ...python, folder: 'djoser' }, source)
  if ('skipped' in prepared) return prepared
  const program: Python = { command: prepared.command, env: prepared.env ?? {} }
  const held: Held[] = []
  for (const jwt of [undefined, true] as const) {
    const old = await startOld(program, jwt)
    const here = await Promise.all(
      Object.entries(ways)
        .filter(([, way]) => way.jwt === jwt)
        .map(async ([name, way]) => ({ name, way, house: await openHere(old, way) })),
    )
    held.push(
      ...(await Promise.all(here.map(({ name, way, house }) => comeBy(name, way, house, old)))).flat(),
    )
    if (jwt === undefined) held.push(...(await tryFactor(old)), ...(await trySilence(old, openHere)))
    await old[Symbol.asyncDispose]()
    held.push(...(await Promise.all(here.map(({ name, house }) => comeAgain(name, house)))).flat())
  }
  return held
}

/** Django, and whom it was asked about by each of its views. */
export interface Old extends Original {
  asked(path: string): Promise<readonly string[]>
}

async function startOld(program: Python, jwt: true | undefined): Promise<Old> {
  const settings = jwt === undefined ? {} : { JWT: 'yes' }
  const old = await startOriginal(program, new URL('old.py', import.meta.url), settings)
  return {
    ...old,
    asked: async (path) => {
      const response = await fetch(`${old.origin}/old/asked/`)
      const { asked } = (await response.json()) as { asked: [path: string, name: string][] }
      // Made-up names stand for those that may not be asked about.
      return asked.flatMap(([at, name]) => (at === path && !name.startsWith('nobody-') ? [name] : []))
    },
  }
}

/** A server of ours that asks Django by one of its views. */
export interface Here {
  readonly people: People
  /** Whether a name and a password let somebody in here. */
  signsIn(name: string, password: string): Promise<boolean>
  /** What is said to somebody who is not let in. */
  refusal(name: string, password: string): Promise<{ readonly isUnsure: boolean; readonly tookMs: number }>
}

/** Opens one, configured as an operator would. */
export async function openHere(
  { origin }: Pick<Original, 'origin'>,
  way: Way,
  patience = 2.5,
): Promise<Here> {
  const findings: Finding[] = []
  const lazy = {
    django: {
      kind: way.kind,
      url: origin + way.url,
      ...(way.me !== undefined && { me: origin + way.me }),
      ...(way.nameField !== undefined && { nameField: way.nameField }),
    },
  }
  const settings = readMoving({ lazy, patience }, 'development', findings)
  if (findings.length > 0) throw new Error(JSON.stringify(findings))
  const people = await openPeople({ limits: noLimits })
  const { house, passwords, limits } = people
  const door = { ...people, passwords, limits, elsewhere: elsewhereOf(house, passwords, settings) }
  const prove = async (name: string, typed: string) => {
    const request = { cookies: new Map<string, string>(), peer: '203.0.113.7' }
    const proof = await provePassword(house, door, request, { name }, typed)
    return proof.ok && (await house.database.commit([proof.writes])).ok ? null : proof
  }
  return {
    people,
    signsIn: async (name, typed) => (await prove(name, typed)) === null,
    refusal: async (name, typed) => {
      const began = performance.now()
      const proof = await prove(name, typed)
      if (proof === null) throw new Error(`${name} was let in.`)
      const isUnsure = !proof.ok && proof.because === 'refused' && proof.isUnsure === true
      return { isUnsure, tookMs: performance.now() - began }
    },
  }
}

/** Everybody for the first time. */
async function comeBy(name: string, way: Way, here: Here, old: Old): Promise<Held[]> {
  const { people, signsIn } = here
  const wrong = await signsIn('ada', `${password}x`)
  const right = await signsIn('ada', password)
  const again = (await signsIn('ada', password)) && !(await signsIn('ada', `${password}x`))
  const asked = await old.asked(way.url)
  const ada = await userNamed(people, 'ada')
  const numbered = await userByNumber(people.house.database, 'simplejwt', 1)
  const mixed = !(await signsIn('henry', password)) && (await signsIn('Henry', password))
  const nobodies = await Promise.all(
    ['idle', 'unusable', 'nobody'].map((one) => signsIn(one, one === 'unusable' ? '!' : password)),
  )
  const spaced = await signsIn('grace', way.url === '/api-token-auth/' ? password : `${password} `)
  return [
    {
      sentence: `${name}: who is right there is here from then on, under their number, and is asked about once`,
      holds:
        !wrong &&
        right &&
        again &&
        asked.join() === 'ada,ada' &&
        numbered?.id === ada?.id &&
        ada?.emailVerified === false &&
        (way.me === undefined || ada.email === 'ada@example.test'),
    },
    {
      sentence: `${name}: who is disabled there, has no password, or is nobody stays out; letters count as there`,
      holds: mixed && nobodies.every((isIn) => !isIn),
    },
    {
      sentence: `${name}: spaces that it takes away from a password are no part of it here`,
      holds: spaced && (await signsIn('grace', password)),
    },
  ]
}

/** Django is gone. */
async function comeAgain(name: string, { signsIn, refusal, people }: Here): Promise<Held[]> {
  const isIn = (await signsIn('ada', password)) && (await signsIn('Henry', password))
  const { isUnsure } = await refusal('joan', password)
  await people.house.close()
  return [
    {
      sentence: `${name}: without Django those who came are let in; who did not come is told that this can’t be known now`,
      holds: isIn && isUnsure,
    },
  ]
}

/** Somebody who shows a code there. */
async function tryFactor(old: Old): Promise<Held[]> {
  const here = await openHere(old, { kind: 'drf-token', url: '/mfa/login/', me: '/dj-rest-auth/user/' })
  const [factor, none] = [await here.signsIn('factor', password), await here.signsIn('kay', password)]
  const stays = (await userNamed(here.people, 'factor')) === null
  await here.people.house.close()
  return [
    {
      sentence:
        'dj-rest-auth.mfa: who shows a code there does not come by a password alone; who has none comes',
      holds: !factor && none && stays,
    },
  ]
}
