// An application of React for the journey: what it shows depends on who is signed in. Written without JSX, which Node
// does not run. The page says where the issuer is.

import {
  CountersignProvider,
  Show,
  SignInButton,
  SignOutButton,
  UserButton,
  useAuth,
  useUser,
} from '@countersign/sdk/react'
import { createElement as h, StrictMode, useState } from 'react'
import { createRoot } from 'react-dom/client'

function Greeting() {
  const user = useUser()
  return h('p', { id: 'greeting' }, user === null ? 'Hello, whoever you are' : `Hello, ${user.name}`)
}

function State() {
  const { isLoading, isSignedIn, error } = useAuth()
  return h(
    'p',
    { id: 'state' },
    isLoading ? 'loading' : isSignedIn ? 'in' : 'out',
    error ? ` ${error.code}` : '',
  )
}

/** Comes only later, and is to be told how things stand. */
function Latecomer() {
  const [isThere, come] = useState(false)
  return isThere ? h(Greeting) : h('button', { type: 'button', onClick: () => come(true) }, 'Let somebody in')
}

function App() {
  return h(
    'main',
    null,
    h('h1', null, 'Orders'),
    h(State),
    h(UserButton),
    h(
      Show,
      {
        when: 'signed-in',
        loading: h('p', { id: 'waiting' }, 'One moment'),
        fallback: h(SignInButton, { options: { returnTo: '/orders' }, className: 'enter' }, 'Come in'),
      },
      h('p', { id: 'private' }, 'Your orders'),
      h(SignOutButton, { className: 'leave' }, 'Leave'),
    ),
    h(Show, { when: 'signed-out' }, h('p', { id: 'strangers' }, 'For strangers')),
    h(Show, { when: (user) => user.email === 'ada@example.test' }, h('p', { id: 'ada' }, 'For Ada')),
    h(Show, { when: { role: ['teller', 'auditor'] } }, h('p', { id: 'tellers' }, 'For tellers')),
    h(Latecomer),
  )
}

const root = document.getElementById('root')
if (root !== null) {
  const issuer = root.dataset['issuer'] ?? ''
  const options = { issuer, clientId: 'demo-spa', scope: 'openid profile email roles' }
  createRoot(root).render(h(StrictMode, null, h(CountersignProvider, options, h(App))))
}
