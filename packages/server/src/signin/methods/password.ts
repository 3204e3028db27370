// Signing in with a name and a password: fields `username` and `password` of the sign-in page.
import { type PasswordDoor, provePassword } from '../../accounts/credentials/prove-password.ts'
import { byPassword } from '../../accounts/sessions/session.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Method } from './method.ts'

/** Name and password. */
export function passwordMethod(platform: Platform, door: PasswordDoor): Method {
  return {
    name: 'password',
    begin: async () => ({ kind: 'form' }),
    finish: async (request) => {
      const name = request.form.get('username')
      const password = request.form.get('password')
      if (name === undefined || password === undefined) {
        const missing = [name === undefined ? 'username' : '', password === undefined ? 'password' : '']
        return { ok: false, because: 'incomplete', missing: missing.filter((field) => field !== '') }
      }
      const proof = await provePassword(platform, door, request, { name }, password)
      return proof.ok ? { ...proof, authentication: byPassword } : proof
    },
  }
}
