// What the matrix of ways in is made of: one request that carries a name and a password by every name that any wire has for
// them, and a look at whether an answer lets somebody in.
import type { Answer, Visitor } from '../../packages/server/src/platform/house.ts'
import type { Route } from '../../packages/server/src/platform/http/exchange.ts'

/** Who is said to be there. */
export interface Who {
  readonly username: string
  readonly password: string
  readonly otp?: string
}

/** A path without its last slash: both forms are one. */
export function bare(path: string): string {
  return path.replace(/\/+$/, '') || '/'
}

/** The routes that take a POST, each once: with its last slash and without it is one. */
export function postsOf(routes: readonly Route[]): readonly Route[] {
  const posts = routes.filter(({ method, caller }) => method === 'POST' && caller !== 'development')
  return [...new Map(posts.map((route) => [bare(route.path), route])).values()]
}

/** Posts to a route, as a browser from the sign-in page or as a program with JSON. @param peer of the try's own network */
export async function knockAt(route: Route, visitor: Visitor, who: Who, peer: string): Promise<Answer> {
  const path = route.path.replaceAll(/:\w+/g, 'x')
  const { username, password, otp } = who
  const flat = {
    username,
    email: `${username}@example.test`,
    login: username,
    password,
    ...(otp !== undefined && { otp }),
  }
  if (route.caller !== 'program') {
    await visitor.visit('/sign-in', { peer })
    return visitor.submit(path, { ...flat, method: 'password' }, { peer })
  }
  if (route.takes === undefined || route.takes === 'form') {
    return visitor.visit(path, { form: { ...flat, grant_type: 'password', client_id: 'demo-spa' }, peer })
  }
  const body = JSON.stringify({ ...flat, auth: flat })
  return visitor.visit(path, { method: 'POST', body, headers: { 'content-type': 'application/json' }, peer })
}

/** Whether an answer gives something that opens doors: a cookie of a session, or a token, a key or a code in its body. */
export function letsIn(answer: Answer): boolean {
  const cookies = [answer.headers['set-cookie'] ?? []].flat()
  if (cookies.some((line) => /^(__Host-)?sid=[^;]+/.test(line) && !/max-age=0(;|$)/i.test(line))) return true
  return answer.status < 300 && tokensIn(answer).length > 0
}

/** The names of members that hold tokens, keys or codes. */
export function tokensIn(answer: Answer): string[] {
  if (!answer.body.startsWith('{')) return []
  const names =
    /^(access|refresh|token|key|auth_token|jwt|access_token|refresh_token|id_token|authorization_code)$/
  return Object.entries(answer.json())
    .filter(([name, value]) => names.test(name) && typeof value === 'string' && value.length >= 20)
    .map(([name]) => name)
}

/** Wires that take a name and a password and give tokens, and the status of a refusal there. */
export const wires: Readonly<Record<string, number>> = {
  '/get_access_token': 401,
  '/api/token': 401,
  '/user_token': 404,
  '/api-token-auth': 400,
  '/auth/token/login': 400,
  '/auth/jwt/create': 401,
  '/dj-rest-auth/login': 400,
}
