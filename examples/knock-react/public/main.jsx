import { jwtDecode } from 'jwt-decode'
import { Component, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

const authUrl = process.env.REACT_APP_AUTH_URL

/** The person whom the kept token names; null when there is none, or when its time is up. */
function currentUser() {
  const jwt = localStorage.getItem('jwt')
  if (jwt === null) return null
  const { sub, exp } = jwtDecode(jwt)
  return exp * 1000 > Date.now() ? { id: sub, until: exp } : null
}

async function signIn(email, password) {
  const response = await fetch(`${authUrl}/user_token`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      // Sent with every request, whether or not there is one.
      Authorization: `Bearer ${localStorage.getItem('jwt')}`,
    },
    body: JSON.stringify({ auth: { email, password, remember_me: true } }),
  })
  if (response.status === 404) throw new Error('Invalid e-mail or password')
  if (!response.ok) throw new Error('Something went wrong, please try again later')
  const { jwt } = await response.json()
  localStorage.setItem('jwt', jwt)
}

class App extends Component {
  state = { user: currentUser(), problem: null }

  componentDidMount() {
    this.timer = setInterval(() => {
      if (this.state.user && !currentUser()) this.signOut('Your session has expired')
    }, 1000)
  }

  componentWillUnmount() {
    clearInterval(this.timer)
  }

  signIn = async (event) => {
    event.preventDefault()
    const { email, password } = Object.fromEntries(new FormData(event.target))
    try {
      await signIn(email, password)
      this.setState({ user: currentUser(), problem: null })
    } catch (error) {
      this.setState({ problem: error.message })
    }
  }

  signOut = (problem = null) => {
    localStorage.removeItem('jwt')
    this.setState({ user: null, problem })
  }

  render() {
    const { user, problem } = this.state
    return (
      <main>
        <h1>Events</h1>
        {user ? (
          <>
            <p>You are user {user.id}.</p>
            <button type="button" onClick={() => this.signOut()}>
              Sign out
            </button>
          </>
        ) : (
          <form onSubmit={this.signIn}>
            <label>
              E-mail <input name="email" type="email" autoComplete="username" required />
            </label>
            <label>
              Password <input name="password" type="password" autoComplete="current-password" required />
            </label>
            <button type="submit">Sign in</button>
          </form>
        )}
        {problem && <p role="alert">{problem}</p>}
      </main>
    )
  }
}

createRoot(document.getElementById('root')).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
