// The words at the top: a greeting, or an invitation.
import { button, el } from '../page.ts'
import { session } from '../session.ts'
import { widget } from '../widget.ts'

/** Whom a development server knows. */
const people = ['Ada', 'Grace', 'Tim']

/** What every other widget of this page does. */
const gist = `const session = createClient({ issuer, clientId })

session.on('login', async () => {
  const answer = await session.fetch('/api/accounts')
  show(await answer.json())
})
session.on('logout', clear)`

widget('greeting', {
  full: (user) => [el('h1', {}, `Hello, ${user.name?.split(' ')[0] ?? 'there'}.`)],
  empty: () => [
    el(
      'div',
      {},
      el('h1', {}, 'A bank that knows who you are.'),
      el('p', { class: 'lead' }, 'Sign in, and every part of this page fills by itself.'),
      el('div', { class: 'people' }, ...people.map(way)),
      el(
        'p',
        {},
        'Ada and Grace bank here, Tim works here. ',
        el('small', {}, 'Password: analytical-engine-1843'),
      ),
    ),
    el('pre', { tabindex: '0', 'aria-label': 'What each part of this page does' }, el('code', {}, gist)),
  ],
})

/** Whoever is signed in at the server has to sign in anew, as this person. */
function way(name: string): HTMLElement {
  const asked = { loginHint: name.toLowerCase(), prompt: 'login' } as const
  return button(`Sign in as ${name}`, () => session.signIn(asked))
}
