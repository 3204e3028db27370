// The refresh scheme of @nuxtjs/auth-next, with its own Auth, storage and request handler.
import axios from 'axios'
// Its package names this file to its own bundler alone.
import { Auth, RefreshScheme } from './node_modules/@nuxtjs/auth-next/dist/runtime.mjs'

const twenty = Array.from({ length: 20 }, (_, index) => index)
const place = {
  env: {},
  route: { query: {}, params: {}, path: '/' },
  base: '/',
  redirect: () => {},
  isHMR: false,
}
const options = {
  resetOnError: false,
  ignoreExceptions: false,
  scopeKey: 'scope',
  rewriteRedirects: false,
  fullPathRedirect: false,
  watchLoggedIn: false,
  redirect: false,
  vuex: false,
  cookie: false,
  localStorage: false,
  defaultStrategy: 'local',
}
const scheme = {
  name: 'local',
  token: { property: 'access', maxAge: 300, global: true },
  refreshToken: { property: 'refresh', data: 'refresh', maxAge: 86_400 },
  user: { property: false, autoFetch: true },
  endpoints: {
    login: { url: '/api/token/', method: 'post' },
    refresh: { url: '/api/token/refresh/', method: 'post' },
    user: { url: '/api/me/', method: 'get' },
    logout: false,
  },
}

export async function run({ url, credentials: { username, password }, advance }) {
  const $axios = axios.create({ baseURL: url })
  // What @nuxtjs/axios adds.
  $axios.setHeader = (name, value) => {
    $axios.defaults.headers.common[name] = value
  }
  const auth = new Auth({ ...place, $axios, app: { $axios, context: {} } }, options)
  const refreshing = new RefreshScheme(auth, scheme)
  auth.registerStrategy('local', refreshing)
  auth.$storage.setUniversal('strategy', 'local')
  await refreshing.mounted()
  await auth.loginWith('local', { data: { username, password } })
  const { user } = auth
  const ask = async (page) => (await $axios.get(`/api/me/?page=${page}`)).data.id
  const before = await Promise.all(twenty.map(ask))
  await advance(301)
  const after = await Promise.all(twenty.map(ask))
  await advance(86_401)
  const late = await ask(0).catch((error) => error)
  return {
    'signs in and fetches its person': user?.id === '1' && before.every((id) => id === '1'),
    'refreshes once for twenty requests at once': after.every((id) => id === '1'),
    'ends the session when the refresh token has ended': late instanceof Error && auth.loggedIn === false,
  }
}
