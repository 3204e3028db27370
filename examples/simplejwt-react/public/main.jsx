import { StrictMode, useCallback, useEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { api, isSignedIn, signIn, signOut } from './api.js'

function SignIn({ onSignedIn }) {
  const [problem, setProblem] = useState(null)
  const submit = async (event) => {
    event.preventDefault()
    const { username, password } = Object.fromEntries(new FormData(event.target))
    try {
      await signIn(username, password)
      onSignedIn()
    } catch (error) {
      setProblem(error.response?.data?.detail ?? 'The server can’t be reached.')
    }
  }
  return (
    <form onSubmit={submit}>
      <label>
        User name <input name="username" autoComplete="username" required />
      </label>
      <label>
        Password <input name="password" type="password" autoComplete="current-password" required />
      </label>
      <button type="submit">Sign in</button>
      {problem && <p role="alert">{problem}</p>}
    </form>
  )
}

function Profile({ onSignedOut }) {
  const [me, setMe] = useState(null)
  const load = useCallback(async () => {
    try {
      setMe((await api.get('/me/')).data)
    } catch {
      if (!isSignedIn()) onSignedOut()
    }
  }, [onSignedOut])
  useEffect(() => {
    void load()
  }, [load])
  const leave = async () => {
    try {
      await signOut()
    } finally {
      onSignedOut()
    }
  }
  return (
    <>
      <p>
        {me
          ? `You are user ${me.id}, by a token of ${new Date(me.since).toLocaleTimeString()}.`
          : 'One moment…'}
      </p>
      <button type="button" onClick={load}>
        Ask again
      </button>
      <button type="button" onClick={leave}>
        Sign out
      </button>
    </>
  )
}

function App() {
  const [isIn, setIsIn] = useState(isSignedIn)
  const enter = useCallback(() => setIsIn(true), [])
  const leave = useCallback(() => setIsIn(false), [])
  return (
    <main>
      <h1>Orders</h1>
      {isIn ? <Profile onSignedOut={leave} /> : <SignIn onSignedIn={enter} />}
    </main>
  )
}

createRoot(document.getElementById('root')).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
