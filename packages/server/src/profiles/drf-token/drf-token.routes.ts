// DRF's own view that gives out keys.
import type { Route } from '../../platform/http/exchange.ts'
import { letIn } from '../django/let-in.ts'
import { endless } from '../enter.ts'
import { codeIn } from '../second-factor.ts'
import { readFields } from '../wire/fields.ts'
import { answer, type Respond, view, viewRoutes } from '../wire/view.routes.ts'
import { drfToken, type KeyRoom, newKey } from './key.ts'

const credentials = [
  { name: 'username', label: 'Username' },
  { name: 'password', label: 'Password' },
] as const

/** `POST /api-token-auth/`. */
export function drfTokenRoutes(room: KeyRoom, paths: readonly string[]): readonly Route[] {
  const post: Respond = async (request, members) => {
    const fields = readFields(members, ['username', 'password'])
    if (!fields.ok) return answer(400, fields.body)
    const { username: name, password } = fields.values
    const entrance = { name, password, code: codeIn(members), clientId: drfToken.id, seconds: endless }
    return letIn(room, request, entrance, async (came) => {
      const { key, write } = await newKey(room, came)
      return { answer: answer(200, { token: key }), writes: [write] }
    })
  }
  return viewRoutes(paths, view('Obtain Auth Token', { fields: credentials, post }))
}
