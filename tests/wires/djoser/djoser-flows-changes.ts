// What front ends send to djoser to change a password or a name: by the one who knows the old password, or by a letter.
import { asKey, keyed } from './djoser-flows-sign-in.ts'
import { type Flow, flow, mail, one, other, password, weak } from './flows.ts'

const order = 'Ours says 405 of what a view doesn’t take, whoever asks.'
const unread = 'Where nobody is let in, the original doesn’t read the body.'

/** `set_…/`, `reset_…/` and `activation/` while there is none. */
export const changeFlows: readonly Flow[] = [
  one('usual', 'set_password by nobody', { path: '/auth/users/set_password/', members: {} }),
  flow('usual', 'set_password by GET', [keyed, { path: '/auth/users/set_password/', as: asKey }], undefined),
  ...(
    [
      ['nothing', {}],
      ['a wrong password', { current_password: 'x', new_password: other }],
      ['a short password', { current_password: password, new_password: weak }],
      ['blanks', { current_password: '', new_password: '' }],
      ['the right ones', { current_password: password, new_password: other }],
    ] as const
  ).map(([name, members]) =>
    flow('usual', `set_password with ${name}`, [
      keyed,
      { path: '/auth/users/set_password/', members, as: asKey },
    ]),
  ),
  flow('usual', 'a key after set_password', [
    keyed,
    {
      path: '/auth/users/set_password/',
      members: { current_password: password, new_password: other },
      as: asKey,
    },
    { path: '/auth/users/me/', as: asKey },
  ]),
  flow('usual', 'the old password after set_password', [
    keyed,
    {
      path: '/auth/users/set_password/',
      members: { current_password: password, new_password: other },
      as: asKey,
    },
    keyed,
  ]),
  ...(
    [
      ['nothing', {}],
      ['a wrong password', { current_password: 'x', new_username: 'lovelace' }],
      ['a name that is taken', { current_password: password, new_username: 'grace' }],
      ['the right ones', { current_password: password, new_username: 'lovelace' }],
    ] as const
  ).map(([name, members]) =>
    flow('usual', `set_username with ${name}`, [
      keyed,
      { path: '/auth/users/set_username/', members, as: asKey },
    ]),
  ),
  ...[
    '{}',
    '{"email":""}',
    '{"email":"x"}',
    '{"email":"nobody@example.test"}',
    '{"email":"ada@example.test"}',
  ].map((text) => one('usual', `reset_password with ${text}`, { path: '/auth/users/reset_password/', text })),
  ...(
    [
      ['nothing', {}],
      ['blanks', { uid: '', token: '', new_password: '' }],
      ['what is no link', { uid: 'x', token: 'y', new_password: other }],
    ] as const
  ).map(([name, members]) =>
    one('usual', `reset_password_confirm with ${name}`, {
      path: '/auth/users/reset_password_confirm/',
      members,
    }),
  ),
  ...(
    [
      ['another token', { uid: '$uid', token: 'other', new_password: other }],
      ['a short password', { uid: '$uid', token: '$token', new_password: weak }],
      ['the right ones', { uid: '$uid', token: '$token', new_password: other }],
    ] as const
  ).map(([name, members]) =>
    flow('usual', `reset_password_confirm with ${name}`, [
      { path: '/auth/users/reset_password/', members: { email: 'ada@example.test' } },
      mail,
      { path: '/auth/users/reset_password_confirm/', members },
    ]),
  ),
  flow('usual', 'reset_password_confirm twice', [
    { path: '/auth/users/reset_password/', members: { email: 'ada@example.test' } },
    mail,
    {
      path: '/auth/users/reset_password_confirm/',
      members: { uid: '$uid', token: '$token', new_password: other },
    },
    {
      path: '/auth/users/reset_password_confirm/',
      members: { uid: '$uid', token: '$token', new_password: password },
    },
  ]),
  flow('usual', 'the new password after a reset', [
    { path: '/auth/users/reset_password/', members: { email: 'ada@example.test' } },
    mail,
    {
      path: '/auth/users/reset_password_confirm/',
      members: { uid: '$uid', token: '$token', new_password: other },
    },
    { path: '/auth/token/login/', members: { username: 'ada', password: other } },
  ]),
  ...['{}', '{"email":"x"}', '{"email":"nobody@example.test"}', '{"email":"ada@example.test"}'].map((text) =>
    one('usual', `reset_username with ${text}`, { path: '/auth/users/reset_username/', text }),
  ),
  ...(
    [
      ['nothing', {}],
      ['what is no link', { uid: 'x', token: 'y', new_username: 'lovelace' }],
      ['another token', { uid: '$uid', token: 'other', new_username: 'lovelace' }],
      ['a name that is taken', { uid: '$uid', token: '$token', new_username: 'grace' }],
      ['the right ones', { uid: '$uid', token: '$token', new_username: 'lovelace' }],
    ] as const
  ).map(([name, members]) =>
    flow(
      'usual',
      `reset_username_confirm with ${name}`,
      [
        { path: '/auth/users/reset_username/', members: { email: 'ada@example.test' } },
        mail,
        { path: '/auth/users/reset_username_confirm/', members },
      ],
      name === 'nothing' ? 'Ours says so of each field that is missing.' : undefined,
    ),
  ),
  one('usual', 'activation with nothing', { path: '/auth/users/activation/', members: {} }),
  one('usual', 'activation with what is no link', {
    path: '/auth/users/activation/',
    members: { uid: 'x', token: 'y' },
  }),
  one('usual', 'resend_activation while there is none', {
    path: '/auth/users/resend_activation/',
    members: { email: 'idle@example.test' },
  }),
  one('usual', 'activation by GET', { path: '/auth/users/activation/' }, order),
  ...(
    [
      ['a name alone', { username: 'newton' }],
      ['nothing', undefined],
    ] as const
  ).map(([name, members]) =>
    one('usual', `set_password by nobody with ${name}`, {
      path: '/auth/users/set_password/',
      method: 'POST',
      ...(members !== undefined && { members }),
    }),
  ),
  one('usual', 'no JSON by nobody', { path: '/auth/users/set_password/', text: '{' }, unread),
]
