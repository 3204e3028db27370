// The two servers that the front end talks to: the one that gives tokens, and the API that takes them.
import axios from 'axios'

const auth = axios.create({ baseURL: process.env.REACT_APP_AUTH_URL })
export const api = axios.create({ baseURL: '/api' })

export async function signIn(username, password) {
  const { data } = await auth.post('/api/token/', { username, password })
  keep(data)
}

export async function signOut() {
  const refresh = localStorage.getItem('refresh')
  forget()
  await auth.post('/api/token/blacklist/', { refresh })
}

export const isSignedIn = () => localStorage.getItem('refresh') !== null

api.interceptors.request.use((config) => {
  const access = localStorage.getItem('access')
  if (access) config.headers.Authorization = `Bearer ${access}`
  return config
})

api.interceptors.response.use(undefined, async (error) => {
  const { config, response } = error
  if (response?.status !== 401 || config.isSecondTry || !isSignedIn()) throw error
  await refresh()
  return api({ ...config, isSecondTry: true })
})

async function refresh() {
  try {
    const { data } = await auth.post('/api/token/refresh/', { refresh: localStorage.getItem('refresh') })
    keep(data)
  } catch (error) {
    if (error.response?.status === 401) forget()
    throw error
  }
}

/** With rotation there is a new refresh token in the answer, else there is none. */
function keep({ access, refresh }) {
  localStorage.setItem('access', access)
  if (refresh) localStorage.setItem('refresh', refresh)
}

function forget() {
  localStorage.removeItem('access')
  localStorage.removeItem('refresh')
}
