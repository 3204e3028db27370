// Whoever forgot a password, for tests: asks for a letter, and chooses another password by its link.
import { credentialOfUser } from '../accounts/credentials/passwords.store.ts'
import type { Answer, Visitor } from '../platform/house.ts'
import type { Hall } from './signin.fixture.ts'

export const ada = 'ada@example.test'
export const another = 'another-difference-engine'

/** @returns what is seen after asking for a letter */
export async function forget(
  hall: Hall,
  visitor = hall.visitor(),
  username = ada,
  peer?: string,
): Promise<Answer> {
  // Each letter in a second of its own, so that the newest is known.
  hall.house.runtime.advance(1)
  const from = peer === undefined ? {} : { peer }
  await visitor.visit('/forgot-password', from)
  return visitor.submit('/forgot-password', { username }, from)
}

/** @returns what is seen after another password was sent with the secret of a letter */
export async function choose(visitor: Visitor, secret: string, wanted = another): Promise<Answer> {
  // A page for a dead link has no form to send.
  await visitor.visit('/forgot-password')
  await visitor.visit(`/reset-password?secret=${secret}`)
  return visitor.submit('/reset-password', { secret, new_password: wanted })
}

/** The stored password, sealed: undefined when there is none. */
export async function hashOf(hall: Hall, userId: string): Promise<string | undefined> {
  return (await credentialOfUser(hall.house.database, userId))?.password?.sealedHash
}
