// What people are told when something was changed about how they sign in.
import { momentWords } from '../../platform/html/words.ts'
import type { Issuer } from '../../platform/http/issuer.ts'
import { type Written, written } from '../../platform/mail/layout.letter.ts'
import { type AskedFrom, factsFrom } from './asked-from.ts'
import type { AccountChange } from './told-of.ts'

/** A change, and who is told of it. */
export interface ChangedLetterModel {
  readonly change: AccountChange
  /** Seconds since the epoch. */
  readonly at: number
  /** Who did it; null for an operator. */
  readonly from: AskedFrom | null
  /** The address that this letter goes to. */
  readonly to: string
  /** Whether it is the person's own mailbox. To any other, nothing is said in words that somebody has chosen. */
  readonly isProven: boolean
}

interface Words {
  readonly subject: string
  readonly body: readonly string[]
}

/** The letter that tells of a change. */
export function changedLetter(issuer: Pick<Issuer, 'host' | 'at'>, model: ChangedLetterModel): Written {
  const { subject, body } = wordsOf(model)
  return written(issuer, {
    subject,
    body,
    facts: [['When', momentWords(model.at, 'en')], ...factsFrom(model.from)],
    after: [adviceFor(model)],
    action: { label: 'Look at your account', address: issuer.at('/account') },
    why: whyOf(issuer, model),
  })
}

// Long because it is a table: the words for each change.
function wordsOf({ change, to, isProven }: ChangedLetterModel): Words {
  switch (change.what) {
    case 'password.changed':
      return {
        subject: 'Your password was changed',
        body: ['The password of your account was changed, and you were signed out everywhere else.'],
      }
    case 'password.reset':
      return {
        subject: 'Your password was reset',
        body: [
          'A new password was set for your account with a link from a mail like this one. You were signed out everywhere.',
        ],
      }
    case 'password.set':
      return {
        subject: 'Your account has a password now',
        body: ['A first password was set for your account. It can be used to sign in from now on.'],
      }
    case 'factor.added':
      return {
        subject: 'A second factor was added',
        body: [`Signing in to your account can be confirmed with ${change.factor} from now on.`],
      }
    case 'factor.removed':
      return {
        subject: 'A second factor was removed',
        body: [`Signing in to your account is no longer confirmed with ${change.factor}.`],
      }
    case 'recovery_codes.made':
      return {
        subject: 'You have new recovery codes',
        body: ['New recovery codes were made for your account. Any older ones no longer work.'],
      }
    case 'recovery_code.used':
      return {
        subject: 'A recovery code was used',
        body: [
          'Somebody signed in to your account with one of its recovery codes.',
          change.left === 0
            ? 'It was the last one: make new ones on your account page.'
            : `${change.left === 1 ? 'One is' : `${change.left} are`} left.`,
        ],
      }
    case 'codes.guessed':
      return {
        subject: 'Somebody may know your password',
        body: [
          'In a browser or program in which you have not signed in before, somebody gave the right password for your account, or signed in with a provider that you have linked, and then typed several wrong codes.',
          'Nobody was let in. We tell you of this once a day at most.',
        ],
      }
    case 'passkey.added':
      return {
        subject: 'A passkey was added',
        body: [
          `${passkeyWords(change.name, isProven)} was added. Whoever holds it can sign in to your account.`,
        ],
      }
    case 'passkey.removed':
      return {
        subject: 'A passkey was removed',
        body: [`${passkeyWords(change.name, isProven)} was removed. It no longer opens your account.`],
      }
    case 'passkey.copied':
      return {
        subject: 'A passkey may have been copied',
        body: [
          `${passkeyWords(change.name, isProven)} was shown, and its counter had gone back: somebody may hold a copy of it. It was refused.`,
          'Remove it on your account page, and add a new one.',
        ],
      }
    case 'identity.linked':
      return {
        subject: `Signing in with ${change.provider} was added`,
        body: [`Your account can be signed in to with ${change.provider} from now on.`],
      }
    case 'identity.unlinked':
      return {
        subject: `Signing in with ${change.provider} was removed`,
        body: [`Your account can no longer be signed in to with ${change.provider}.`],
      }
    case 'address.change_asked':
      return {
        subject: 'A new e-mail address was asked for',
        body: [
          `Somebody who is signed in to your account asked to change its address to ${addressWords(change.to, isProven)}.`,
          'Nothing has changed yet: the new address has to be confirmed first.',
        ],
      }
    case 'address.changed':
      return {
        subject: 'Your e-mail address was changed',
        body: [
          to === change.to
            ? 'This is the address of your account from now on.'
            : `The address of your account is ${addressWords(change.to, isProven)} from now on. This is the last mail about it that goes here.`,
        ],
      }
    case 'username.changed':
      return {
        subject: 'Your user name was changed',
        body: [
          `The user name of your account is ${isProven ? `“${change.to}”` : 'another one'} from now on. The one from before no longer signs in, and is free for others.`,
        ],
      }
    case 'account.disabled':
      return {
        subject: 'Your account was disabled',
        body: [
          'An administrator has disabled your account. Nobody can sign in to it, and every session has ended.',
        ],
      }
  }
}

function adviceFor({ change, to }: ChangedLetterModel): string {
  if (change.what === 'account.disabled')
    return 'If you think that this is a mistake, ask whoever runs the service.'
  if (change.what === 'address.changed' && to !== change.to)
    return 'If this was not you, tell whoever runs the service at once: your account may be in other hands.'
  if (change.what === 'codes.guessed')
    return 'If this was you, there is nothing to do. If it was not, set a new password at once: without it nobody can go on trying codes.'
  return 'If this was you, there is nothing to do. If it was not, set a new password at once, and end every session that you don’t know.'
}

function whyOf({ host }: Pick<Issuer, 'host'>, { change, to }: ChangedLetterModel): string {
  const whose =
    change.what === 'address.changed' && to === change.from ? 'was the address of' : 'is the address of'
  return `You get this because ${to} ${whose} an account at ${host}. Changes like this are always told.`
}

function passkeyWords(name: string, isProven: boolean): string {
  return isProven ? `The passkey “${name}”` : 'A passkey'
}

/** Enough of an address to know one’s own by: `g…@example.com`. */
function addressWords(address: string, isProven: boolean): string {
  if (!isProven) return 'another one'
  const at = address.lastIndexOf('@')
  return `${address.slice(0, 1)}…${address.slice(at)}`
}
