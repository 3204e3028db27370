// A house whose front door speaks a wire of others, with people in it, for tests.

import type { PasswordDoor } from '../accounts/credentials/prove-password.ts'
import { noLimits, openPeople, type People } from '../accounts/people.fixture.ts'
import { rememberMoved } from '../accounts/users/moved.store.ts'
import { putNumber } from '../accounts/users/numbers.store.ts'
import type { User } from '../accounts/users/users.store.ts'
import { defaultLifetimes } from '../oauth/lifetimes.ts'
import { type Answer, edgeOf, type House, type HouseOptions, Visitor } from '../platform/house.ts'
import { type Keyring, openKeyring } from '../platform/keys/keyring.ts'
import { type KeyTexts, profileKeys } from './keys.ts'
import { ensureProfileClients } from './profile-client.ts'
import { type SimpleJwtRoom, simpleJwt } from './simplejwt/room.ts'
import { type SimpleJwtSettings, simpleJwtSettings } from './simplejwt/settings.ts'
import { simpleJwtRoutes } from './simplejwt/simplejwt.routes.ts'

/** Django's SECRET_KEY, as an import would bring it. */
export const djangoSecret = 'django-insecure-7b&c@k!9w4r$2m_qz^x8p0t#v5n1h6j3'

export interface SimpleJwtHouse extends People {
  readonly room: SimpleJwtRoom
  readonly keyring: Keyring
  readonly visitor: Visitor
  /** Sends JSON. */
  send(path: string, members: unknown, headers?: Record<string, string>): Promise<Answer>
}

/** Somebody was brought from Django, where they had this number. */
export async function broughtAs({ house }: SimpleJwtHouse, { id }: User, number: number): Promise<void> {
  const { database, runtime } = house
  const moved = { userId: id, digest: '', passwordDigest: null, movedAt: runtime.now() }
  await database.commit([
    putNumber(database, 'simplejwt', number, id),
    rememberMoved(database, 'django', String(number), moved),
  ])
}

type Written = Partial<SimpleJwtSettings> & { readonly sliding?: boolean }

/** @param written settings of the profile; `sliding` puts the sliding views where the others are */
export async function openSimpleJwt(
  { sliding = false, ...written }: Written = {},
  options: HouseOptions & { readonly house?: House; readonly texts?: KeyTexts; readonly limited?: true } = {},
): Promise<SimpleJwtHouse> {
  const people = await openPeople({ ...options, ...(options.limited ? {} : { limits: noLimits }) })
  const { house } = people
  const keyring = await openKeyring(house)
  await keyring.ensure('ES256')
  const settings = simpleJwtSettings.parse(written)
  // Making one takes long.
  if (settings.algorithm === 'RS256') await keyring.ensure('RS256')
  const paths = sliding
    ? {
        ...settings.paths,
        obtain: [],
        refresh: [],
        slidingObtain: ['/api/token/'],
        slidingRefresh: ['/api/token/refresh/'],
      }
    : settings.paths
  const door: PasswordDoor = people
  const isHmac = settings.algorithm.startsWith('HS')
  const usual = { signing: isHmac ? djangoSecret : null, verifying: isHmac ? [] : [djangoSecret] }
  const texts = options.texts ?? usual
  const room: SimpleJwtRoom = {
    platform: house,
    door,
    lifetimes: defaultLifetimes,
    settings: { ...settings, paths },
    keys: profileKeys(house, keyring, { profile: 'simplejwt', ...settings }, texts),
    runtime: house.runtime,
  }
  await ensureProfileClients(house, [simpleJwt])
  const visitor = new Visitor(edgeOf(house, simpleJwtRoutes(room)))
  return {
    ...people,
    room,
    keyring,
    visitor,
    send: (path, members, headers = {}) =>
      visitor.visit(path, {
        method: 'POST',
        body: JSON.stringify(members),
        headers: { 'content-type': 'application/json', ...headers },
      }),
  }
}
