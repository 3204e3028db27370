// What a proven identity comes to. The rules of linking, in one place (FD-04, FD-05, C16): the key is
// (upstream, issuer, subject); an e-mail address, verified or not, on either side, never links by itself.
import type { User } from '../../accounts/users/users.store.ts'
import type { Purpose } from './attempts.ts'

/** What is known here of a proven identity. */
export interface Found {
  /** Whose identity it is already. */
  readonly owner: User | null
  /** Who has the e-mail address that the provider named. */
  readonly namesake: User | null
}

/** What is to be done. */
export type Outcome =
  | { readonly kind: 'sign-in'; readonly user: User }
  /** Nobody has the identity or the address: an account is made. */
  | { readonly kind: 'sign-up' }
  /** An account has the address: it is linked only to who proves that it is theirs. */
  | { readonly kind: 'offer-link'; readonly user: User }
  | { readonly kind: 'link'; readonly userId: string }
  | { readonly kind: 'linked-already' }
  | { readonly kind: 'refused'; readonly because: 'linked-elsewhere' | 'disabled' | 'closed' }

/** The rules of linking. Pure. */
export function outcomeOf(purpose: Purpose, { owner, namesake }: Found, signUpOpen: boolean): Outcome {
  if (purpose.kind === 'link') {
    if (owner === null) return { kind: 'link', userId: purpose.userId }
    return owner.id === purpose.userId
      ? { kind: 'linked-already' }
      : { kind: 'refused', because: 'linked-elsewhere' }
  }
  if (owner !== null) {
    return owner.disabledAt === null
      ? { kind: 'sign-in', user: owner }
      : { kind: 'refused', because: 'disabled' }
  }
  if (namesake !== null) return { kind: 'offer-link', user: namesake }
  return signUpOpen ? { kind: 'sign-up' } : { kind: 'refused', because: 'closed' }
}
