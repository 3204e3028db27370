// Coming in by dj-rest-auth: with a name and a password, or as somebody new.
import { requestVerification } from '../../accounts/addresses/addresses.ts'
import type { Credential } from '../../accounts/credentials/passwords.store.ts'
import type { Incoming, Outgoing } from '../../platform/http/exchange.ts'
import { letIn, notLetIn } from '../django/let-in.ts'
import { linkFrom } from '../django/mailed-links.ts'
import { passwordProblems } from '../django/policy-words.ts'
import { signUp } from '../django/sign-up.ts'
import { openFamily } from '../enter.ts'
import { codeIn, secondFactorWords } from '../second-factor.ts'
import { type FieldText, type Members, readForm } from '../wire/fields.ts'
import { answer, throttled } from '../wire/view.routes.ts'
import type { RestAuthRoom } from './room.ts'
import { secondStep } from './second-step.ts'
import { entranceOf, give, refuseForeign } from './tokens.ts'

const nonField = (message: string) => ({ non_field_errors: [message] })

/** A user name or an address signs in. */
export async function login(room: RestAuthRoom, request: Incoming, members: Members): Promise<Outgoing> {
  const foreign = refuseForeign(room, request)
  if (foreign !== null) return foreign
  const fields = readForm(members, {
    username: { optional: true, mayBeBlank: true },
    email: { optional: true, mayBeBlank: true, email: true },
    password: {},
  })
  if (!fields.ok) return answer(400, fields.body)
  const { password } = fields.values
  const name = nameIn(room, fields.values)
  if (name === null) return answer(400, nonField(missingWords(room)))
  const entrance = { name, password, code: codeIn(members), ...entranceOf(room) }
  const ask = room.settings.mfa ? (proven: Credential) => secondStep(room, proven) : undefined
  const mustProve = room.settings.accountEmailVerification === 'mandatory'
  return letIn(
    room,
    request,
    entrance,
    async (came) =>
      mustProve && !came.user.emailVerified
        ? { refusal: answer(400, nonField('E-mail is not verified.')) }
        : give(room, came),
    ask,
  )
}

type Given = Readonly<Partial<Record<'username' | 'email', FieldText>>>

/** The name that the settings let somebody in by; an address goes before a user name. */
function nameIn({ settings }: RestAuthRoom, { username, email }: Given): FieldText | null {
  const methods = settings.accountLoginMethods
  const found = [
    methods.includes('email') ? email : undefined,
    methods.includes('username') ? username : undefined,
  ].find((name) => name !== undefined && name.trimmed !== '')
  return found ?? null
}

function missingWords({ settings: { accountLoginMethods: methods } }: RestAuthRoom): string {
  if (methods.length > 1) return 'Must include either "username" or "email" and "password".'
  return `Must include "${methods[0]}" and "password".`
}

const signUpWords = {
  password: 'password1',
  emailTaken: 'User is already registered with this e-mail address.',
}

/** 201, and the new person is in, unless they have to prove their address first. */
export async function register(room: RestAuthRoom, request: Incoming, members: Members): Promise<Outgoing> {
  const foreign = refuseForeign(room, request)
  if (foreign !== null) return foreign
  const { platform, settings } = room
  if (!room.signUpOpen) return answer(403, { detail: 'You do not have permission to perform this action.' })
  const isMandatory = settings.accountEmailVerification === 'mandatory'
  const needsEmail =
    isMandatory || settings.accountEmailRequired || !settings.accountLoginMethods.includes('username')
  const needsUsername = settings.accountLoginMethods.includes('username')
  const fields = readForm(members, {
    username: { optional: !needsUsername, longest: 150 },
    email: { optional: !needsEmail, email: true },
    password1: {},
    password2: {},
  })
  if (!fields.ok) return answer(400, fields.body)
  const { username, email, password1: password, password2: again } = fields.values
  if (password.sent !== again.sent) {
    const chooser = { username: username?.trimmed, email: email?.trimmed }
    const problems = await passwordProblems(room.platform, password.sent, chooser)
    const differ = nonField("The two password fields didn't match.")
    return answer(400, problems.length > 0 ? { password1: problems } : differ)
  }
  const signedUp = await signUp(room, request, { username, email, password, details: {} }, signUpWords)
  if (!signedUp.ok) {
    return signedUp.because === 'limited' ? throttled(signedUp.retryAfter) : answer(400, signedUp.problems)
  }
  const { user } = signedUp
  if (settings.accountEmailVerification !== 'none') {
    await requestVerification(platform, request, user, linkFrom(settings.accountConfirmEmailUrl))
  }
  if (isMandatory) return answer(201, { detail: 'Verification e-mail sent.' })
  const opened = openFamily(room, request, { userId: user.id, ...entranceOf(room) })
  // Where everybody needs a second factor, somebody new has none yet.
  if (opened === null) return answer(201, { detail: secondFactorWords.second_factor_required })
  const { family, writes } = opened
  const given = await give(room, { user, family }, 201)
  const committed = await platform.database.commit([writes, given.writes])
  return committed.ok ? given.answer : answer(400, notLetIn)
}
