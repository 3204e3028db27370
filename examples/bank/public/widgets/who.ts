// The corner of the page: who is signed in, and the way in and out.
import { el, section } from '../page.ts'
import { session } from '../session.ts'

const place = section('who')

function button(text: string, act: () => unknown, style = ''): HTMLButtonElement {
  const made = el('button', { type: 'button', class: style }, text)
  made.addEventListener('click', () => void act())
  return made
}

session.on('login', (user) => {
  place.replaceChildren(
    el('span', { class: 'name' }, user.name ?? user.email ?? user.sub),
    button('Sign out', () => session.signOut(), 'quiet'),
  )
})
session.on('logout', () => place.replaceChildren(button('Sign in', () => session.signIn())))
