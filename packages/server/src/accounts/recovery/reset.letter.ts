// The letter to who forgot a password: a link where one may be given, and else how they sign in.
import { spanWords } from '../../platform/html/words.ts'
import type { Issuer } from '../../platform/http/issuer.ts'
import { type LetterModel, type Written, written } from '../../platform/mail/layout.letter.ts'
import { type AskedFrom, factsFrom } from '../letters/asked-from.ts'

/** What the letter says. */
export interface ResetLetterModel {
  /** How the letter begins. */
  readonly greeting: string
  /** Whether there is a password to be replaced; without one, the link sets the first. */
  readonly hasPassword: boolean
  /** What signs in beside it, in words such as “Google” or “a passkey”. */
  readonly opens: readonly string[]
  /** What is asked for after it, in words such as “an authenticator app”. */
  readonly guards: readonly string[]
  /** The link; null where none may be given, for nobody has proven this address yet and the account has other ways in. */
  readonly link: string | null
  /** Seconds that the link is good. */
  readonly seconds: number
  /** Who asked; null where an operator did. */
  readonly from: AskedFrom | null
}

/** The words of the letter. */
export function resetLetter(issuer: Issuer, model: ResetLetterModel): Written {
  const { link, from } = model
  const common = {
    facts: factsFrom(from),
    why:
      from === null
        ? `You get this because an administrator of ${issuer.host} started it for you.`
        : `You get this because somebody gave your address or user name on the page for forgotten passwords of ${issuer.host}.`,
  }
  return written(issuer, link === null ? withoutLink(issuer, model, common) : withLink(model, link, common))
}

type Common = Pick<LetterModel, 'facts' | 'why'>

function withLink(model: ResetLetterModel, link: string, common: Common): LetterModel {
  const { greeting, hasPassword, opens, seconds } = model
  const after = [
    `The link works once, for ${spanWords(seconds)}. It doesn’t sign you in, and whatever else you sign in with stays as it is.`,
    'If you didn’t ask for it, you can ignore this letter: nothing has changed.',
  ]
  if (hasPassword) {
    return {
      ...common,
      subject: 'Choose a new password',
      body: [
        greeting,
        'With the link below, you can choose a new password. You are then signed out everywhere.',
      ],
      action: { label: 'Choose a new password', address: link },
      after,
    }
  }
  return {
    ...common,
    subject: 'How you sign in',
    body: [
      greeting,
      `Your account has no password: you sign in with ${inWords(opens)}. If you’d like to have a password as well, choose one with the link below.`,
    ],
    action: { label: 'Choose a password', address: link },
    after,
  }
}

function withoutLink(
  issuer: Issuer,
  { greeting, opens, guards }: ResetLetterModel,
  common: Common,
): LetterModel {
  const isOpened = opens.length > 0
  const advice = isOpened
    ? `sign in with ${inWords(opens)} and confirm your address on the account page`
    : `ask whoever runs ${issuer.host} for help`
  return {
    ...common,
    subject: 'How you sign in',
    body: [
      greeting,
      `Somebody asked for a new password. The account at ${issuer.host} that names this address is also opened or guarded by ${inWords([...opens, ...guards])}, and nobody has ever confirmed that the address belongs to it. So we can’t let a letter to this address change its password.`,
      `If the account is yours, ${advice}. If it isn’t, you can ignore this letter.`,
    ],
    ...(isOpened ? { action: { label: 'Sign in', address: issuer.at('/sign-in') } } : {}),
  }
}

function inWords(ways: readonly string[]): string {
  if (ways.length === 0) return 'what you have set up'
  return ways.length === 1 ? (ways[0] ?? '') : `${ways.slice(0, -1).join(', ')} or ${ways.at(-1)}`
}
