// The line at the top: a greeting, or an invitation.
import { el, section } from '../page.ts'
import { session } from '../session.ts'

const place = section('greeting')

session.on('login', (user) => {
  const name = user.name?.split(' ')[0] ?? 'there'
  place.replaceChildren(
    el('h1', {}, `Hello, ${name}.`),
    el('p', {}, 'Here is what is yours, and only what is yours.'),
  )
})

session.on('logout', () => {
  const enter = el('button', { type: 'button', class: 'large' }, 'Sign in to the bank')
  enter.addEventListener('click', () => void session.signIn())
  place.replaceChildren(
    el('h1', {}, 'A bank that knows who you are.'),
    el(
      'p',
      {},
      'Sign in and every part of this page fills itself, each on its own, the moment you are known.',
    ),
    enter,
  )
})
