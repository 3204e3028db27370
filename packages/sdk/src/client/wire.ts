// One JSON request with a time limit, and the line between "the server refuses" and "the server could not be asked".
import { AuthError } from './errors.ts'

/** Long enough for a slow phone; three of them and the pauses stay under the server's grace for a lost answer. */
const limitMs = 10_000

export type Answer = Record<string, unknown>

/**
 * @throws AuthError with the server's own code when it answered 4xx with one; `network` for everything else that is
 * no answer: unreachable, too slow, 5xx, 429, a redirect, a page of some proxy.
 */
export async function call(url: string, init?: RequestInit): Promise<Answer> {
  let code: unknown = 'network'
  try {
    const response = await fetch(url, {
      // A code or a refresh token must not travel on to wherever a redirect points.
      redirect: 'error',
      signal: AbortSignal.timeout(limitMs),
      ...init,
    })
    const text = await response.text()
    const answer = text ? JSON.parse(text) : {}
    if (response.ok) return answer
    if (response.status < 500 && response.status !== 429) code = answer.error ?? code
  } catch (cause) {
    throw new AuthError('network', { cause })
  }
  throw new AuthError(code)
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Three tries for what may safely be sent again; the pauses add up to less than 5 s. */
export async function insist<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (tries > 2 || !(error instanceof AuthError) || error.code !== 'network') throw error
      await pause(tries * (200 + Math.random() * 1300))
    }
  }
}
