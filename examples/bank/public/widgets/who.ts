// The corner of the page: who is signed in, and the ways in and out.
import { button, el } from '../page.ts'
import { issuer, session } from '../session.ts'
import { widget } from '../widget.ts'

widget('who', {
  full: (user) => [
    el(
      'a',
      { href: `${issuer}/account`, title: 'Your account, password and sessions' },
      user.name ?? user.sub,
    ),
    button('Sign out', () => session.signOut()),
  ],
  empty: () => [button('Sign in', () => session.signIn())],
})
