// What the views of djoser work with, and what they show of a person.
import { wasMoved } from '../../accounts/users/moved.store.ts'
import type { User } from '../../accounts/users/users.store.ts'
import type { AskRoom } from '../django/asker.ts'
import { shownDetails } from '../django/details.ts'
import type { SignUpRoom } from '../django/sign-up.ts'
import { primaryKeyOf } from '../drf-token/key.ts'
import type { DjoserSettings } from './settings.ts'

/** What every view is given. */
export interface DjoserRoom extends AskRoom, SignUpRoom {
  readonly settings: DjoserSettings
}

type Shown = Readonly<Record<string, string | number>>

/** A person as somebody who just signed up reads of themself. */
export async function newcomerBody(room: DjoserRoom, user: User): Promise<Shown> {
  const { loginField } = room.settings
  return {
    ...partsOf(room, user),
    [loginField]: shownOf[loginField](user),
    id: await primaryKeyOf(room, user),
  }
}

/** A person as they read of themself afterwards: the same in another order. */
export async function personBody(room: DjoserRoom, user: User): Promise<Shown> {
  const { loginField } = room.settings
  return {
    ...partsOf(room, user),
    id: await primaryKeyOf(room, user),
    [loginField]: shownOf[loginField](user),
  }
}

/** Whether somebody may come in: with activation, once their address is proven. Who was brought along was active there. */
export async function isActive({ settings, platform }: DjoserRoom, user: User): Promise<boolean> {
  if (!settings.sendActivationEmail || user.emailVerified || user.email === null) return true
  return wasMoved(platform.database, user.id)
}

const shownOf = {
  ...shownDetails,
  // Somebody whose user name is their address has no other.
  username: ({ username, email }: User) => username ?? email ?? '',
  email: ({ email }: User) => email ?? '',
} as const

function partsOf({ settings }: DjoserRoom, user: User): Record<string, string> {
  const { fields, loginField } = settings
  const others = fields.filter((name) => name !== loginField)
  return Object.fromEntries(others.map((name) => [name, shownOf[name](user)]))
}
