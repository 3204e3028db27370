// The letters about addresses: confirm this one, somebody asked for another one, this one has an account already.
import { spanWords } from '../../platform/html/words.ts'
import type { Issuer } from '../../platform/http/issuer.ts'
import { type Written, written } from '../../platform/mail/layout.letter.ts'
import { greetingOf } from '../letters/greeting.ts'

/** A link to confirm an address with. */
export interface ConfirmLetterModel {
  readonly address: string
  readonly link: string
  /** Seconds that the link is good. */
  readonly seconds: number
}

/**
 * To an address that an account has, and that nobody has proven.
 * @param needsSignIn whether the link is good for nothing but to who is signed in
 */
export function verifyLetter(issuer: Issuer, model: ConfirmLetterModel, needsSignIn: boolean): Written {
  const condition = needsSignIn ? ' You have to be signed in to your account for it.' : ''
  return written(issuer, {
    subject: 'Confirm your e-mail address',
    body: [greetingOf(null), `Please confirm that ${model.address} is yours.${condition}`],
    action: { label: 'Confirm this address', address: model.link },
    after: [
      `The link works once, for ${spanWords(model.seconds)}.`,
      'If you have no account here, somebody gave your address by mistake or on purpose: ignore this letter, and the address stays unconfirmed.',
    ],
    why: `You get this because an account at ${issuer.host} names this address.`,
  })
}

/** To the address that an account is to have from now on. */
export function changeLetter(issuer: Issuer, model: ConfirmLetterModel): Written {
  return written(issuer, {
    subject: 'Confirm your new e-mail address',
    body: [
      greetingOf(null),
      `Please confirm that your account is to have the address ${model.address} from now on. You have to be signed in to it. Until then, nothing changes.`,
    ],
    action: { label: 'Use this address', address: model.link },
    after: [
      `The link works once, for ${spanWords(model.seconds)}.`,
      'If you have no account here, somebody gave your address by mistake or on purpose: ignore this letter.',
    ],
    why: `You get this because somebody who is signed in at ${issuer.host} asked for this address.`,
  })
}

/** To an address that was asked for by somebody else’s account, or on sign-up, and has an account already. */
export function takenLetter(
  issuer: Issuer,
  model: { readonly greeting: string; readonly asked: 'sign-up' | 'change' },
): Written {
  const what =
    model.asked === 'sign-up'
      ? 'Somebody, probably you, wanted to create an account with this address. You have one already: nothing was changed, and nothing new was created.'
      : 'Somebody wanted to give this address to another account. It is yours, so nothing was changed.'
  return written(issuer, {
    subject: 'You already have an account',
    body: [model.greeting, what],
    action: { label: 'Sign in', address: issuer.at('/sign-in') },
    after: [
      `If you forgot your password, you can choose a new one: ${issuer.at('/forgot-password')}`,
      'If it wasn’t you, you can ignore this letter.',
    ],
    why: `You get this because your account at ${issuer.host} has this address.`,
  })
}
