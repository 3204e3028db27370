import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { authenticationClasses, classSatisfies, levelOfClass } from './authentication-classes.ts'

const { password, upstream, mfa, passkey } = authenticationClasses

test('a surer class does for a less sure one, never the other way round, and names of others only for themselves', () => {
  const elsewhere = 'https://refeds.org/profile/mfa'
  const all = [password, upstream, mfa, passkey, elsewhere, '0']
  const good = new Map<string, readonly string[]>([
    [password, [password]],
    [upstream, [upstream]],
    [mfa, [password, upstream, mfa]],
    [passkey, [password, upstream, mfa, passkey]],
    [elsewhere, [elsewhere]],
    ['0', ['0']],
  ])
  for (const present of all) {
    for (const asked of all) {
      equal(classSatisfies(present, asked), good.get(present)?.includes(asked), `${present} for ${asked}`)
    }
  }
  for (const asked of all) equal(classSatisfies(undefined, asked), false, asked)
  equal(levelOfClass(undefined), 0)
})
