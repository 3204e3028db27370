// What front ends send to a djoser that asks for everything twice and has people prove their addresses.
import { asJwt, jwt } from './djoser-flows-sign-in.ts'
import { type Flow, flow, mail, one, other, password, type Step, weak } from './flows.ts'

const signsUp: Step = {
  path: '/auth/users/',
  members: { username: 'newton', email: 'newton@example.test', password, re_password: password },
}

/** Of the settings `strict`. */
export const strictFlows: readonly Flow[] = [
  ...(
    [
      ['nothing', {}],
      ['one password', { username: 'newton', email: 'newton@example.test', password }],
      ['two passwords', { username: 'newton', email: 'newton@example.test', password, re_password: other }],
      [
        'two short ones',
        { username: 'newton', email: 'newton@example.test', password: weak, re_password: other },
      ],
    ] as const
  ).map(([name, members]) =>
    one(
      'strict',
      `users with ${name}, twice asked`,
      { path: '/auth/users/', members },
      name === 'nothing' ? 'With activation an address is required.' : undefined,
    ),
  ),
  one('strict', 'users who have to be activated', signsUp),
  flow('strict', 'a sign-in before activation', [
    signsUp,
    { path: '/auth/jwt/create/', members: { username: 'newton', password } },
  ]),
  flow('strict', 'activation', [
    signsUp,
    mail,
    { path: '/auth/users/activation/', members: { uid: '$uid', token: '$token' } },
  ]),
  flow('strict', 'activation twice', [
    signsUp,
    mail,
    { path: '/auth/users/activation/', members: { uid: '$uid', token: '$token' } },
    { path: '/auth/users/activation/', members: { uid: '$uid', token: '$token' } },
  ]),
  flow('strict', 'activation with another token', [
    signsUp,
    mail,
    { path: '/auth/users/activation/', members: { uid: '$uid', token: 'other' } },
  ]),
  flow('strict', 'activation with a token of nobody', [
    signsUp,
    mail,
    { path: '/auth/users/activation/', members: { uid: 'MTIzNDU2', token: '$token' } },
  ]),
  flow('strict', 'a sign-in after activation', [
    signsUp,
    mail,
    { path: '/auth/users/activation/', members: { uid: '$uid', token: '$token' } },
    { path: '/auth/jwt/create/', members: { username: 'newton', password } },
  ]),
  flow('strict', 'activation by a link that was sent again', [
    signsUp,
    { path: '/auth/users/resend_activation/', members: { email: 'newton@example.test' } },
    mail,
    { path: '/auth/users/activation/', members: { uid: '$uid', token: '$token' } },
  ]),
  ...['nobody@example.test', 'ada@example.test'].map((email) =>
    one('strict', `resend_activation for ${email}`, {
      path: '/auth/users/resend_activation/',
      members: { email },
    }),
  ),
  ...(
    [
      ['one password', { current_password: password, new_password: other }],
      ['two passwords', { current_password: password, new_password: other, re_new_password: password }],
      ['two short ones', { current_password: password, new_password: weak, re_new_password: other }],
      ['the same twice', { current_password: password, new_password: other, re_new_password: other }],
    ] as const
  ).map(([name, members]) =>
    flow('strict', `set_password with ${name}`, [
      jwt,
      { path: '/auth/users/set_password/', members, as: asJwt },
    ]),
  ),
  flow('strict', 'a token after set_password', [
    jwt,
    {
      path: '/auth/users/set_password/',
      members: { current_password: password, new_password: other, re_new_password: other },
      as: asJwt,
    },
    { path: '/auth/users/me/', as: asJwt },
  ]),
  ...(
    [
      ['one name', { current_password: password, new_username: 'lovelace' }],
      ['two names', { current_password: password, new_username: 'lovelace', re_new_username: 'byron' }],
      [
        'the same twice',
        { current_password: password, new_username: 'lovelace', re_new_username: 'lovelace' },
      ],
    ] as const
  ).map(([name, members]) =>
    flow('strict', `set_username with ${name}`, [
      jwt,
      { path: '/auth/users/set_username/', members, as: asJwt },
    ]),
  ),
  flow('strict', 'reset_password_confirm with two passwords', [
    { path: '/auth/users/reset_password/', members: { email: 'ada@example.test' } },
    mail,
    {
      path: '/auth/users/reset_password_confirm/',
      members: { uid: '$uid', token: '$token', new_password: other, re_new_password: password },
    },
  ]),
]
