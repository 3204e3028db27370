// The page itself keeps the tokens and talks to the server: stores `memory`, `session`, `local` and your own.
import { readAnswer, request } from './authorize.ts'
import { AuthError } from './errors.ts'
import type { Settings } from './settings.ts'
import { askInFrame } from './silent.ts'
import { endSessionUrl, redeem, refresh, revoke } from './token-endpoint.ts'
import type { Keeper, Tokens } from './types.ts'

/** Signs in without anyone noticing, if the server still knows the browser. @throws AuthError, `isOver` if not */
export async function silently(settings: Settings): Promise<Tokens> {
  const { transaction, url } = await request(settings, { prompt: 'none' }, 's.')
  const answer = await askInFrame(url, transaction.state)
  return redeem(settings, await readAnswer(settings, answer), { ...settings, ...transaction })
}

export function directKeeper(settings: Settings): Keeper {
  const { store } = settings
  return {
    redeem: (code, attempt) => redeem(settings, code, { ...settings, ...attempt }),
    async recall() {
      const text = await store?.read()
      return text ? JSON.parse(text) : undefined
    },
    async keep(tokens) {
      await store?.write(JSON.stringify(tokens))
    },
    async forget() {
      await store?.clear()
    },
    mayRenew: (tokens) => !!tokens.refreshToken || settings.silent,
    async renew(tokens) {
      if (tokens.refreshToken) return refresh(settings, tokens, tokens.refreshToken)
      if (settings.silent) return silently(settings)
      throw new AuthError('login_required')
    },
    async end(tokens, returnTo) {
      // Gone here already; when the server can't be told, its session's end below ends these tokens too.
      await revoke(settings, tokens).catch(() => {})
      return endSessionUrl(settings, tokens.idToken, returnTo)
    },
  }
}
