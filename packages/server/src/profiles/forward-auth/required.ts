// What a protected place asks for, as its operator writes it into the address that the proxy calls: read so strictly that
// a misspelt requirement closes the place instead of opening it.
import { isRoleName } from '../../access/roles.store.ts'

/** What a request's sender must bring along; everything given must hold. */
export interface Required {
  /** The API whose access tokens are taken; undefined where none are. */
  readonly audience: string | undefined
  /** All of these; a session has none. */
  readonly scope: readonly string[]
  /** One of these, where any is given. */
  readonly roles: readonly string[]
  /** One of these, where any is given. */
  readonly acr: readonly string[]
  /** Seconds since the person's last proof, at most. */
  readonly maxAge: number | undefined
  /** What `Remote-User` holds. */
  readonly user: 'id' | 'username'
}

/** Requirements, or what is wrong with them, in words for the operator that quote nothing. */
export type Reading =
  | { readonly ok: true; readonly required: Required }
  | { readonly ok: false; readonly because: string }

interface Row {
  readonly mayRepeat: boolean
  readonly form: RegExp | ((value: string) => boolean)
}

const table: Readonly<Record<string, Row>> = {
  audience: { mayRepeat: false, form: /^[\x21-\x7e]{1,512}$/ },
  // RFC 6749 §3.3, with or without spaces between.
  scope: { mayRepeat: true, form: /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/ },
  role: { mayRepeat: true, form: isRoleName },
  acr: { mayRepeat: true, form: /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/ },
  // Zero would send people to sign in for ever: no proof is younger than the request that it leads to.
  max_age: { mayRepeat: false, form: /^[1-9]\d{0,8}$/ },
  user: { mayRepeat: false, form: /^(?:id|username)$/ },
}

/** @param query names and values of the proxy's own address, decoded */
export function readRequired(query: Iterable<readonly [string, string]>): Reading {
  const given = new Map<string, string[]>()
  for (const [name, value] of query) {
    const row = Object.hasOwn(table, name) ? table[name] : undefined
    if (row === undefined) {
      return wrong(`A parameter is none of ${Object.keys(table).join(', ')}.`)
    }
    const fits = row.form instanceof RegExp ? row.form.test(value) : row.form(value)
    if (!fits) return wrong(`A value of ${name} is empty or malformed.`)
    const before = given.get(name)
    if (before !== undefined && !row.mayRepeat) return wrong(`${name} is given twice.`)
    given.set(name, [...(before ?? []), value])
  }
  const all = (name: string): readonly string[] => given.get(name) ?? []
  const [audience] = all('audience')
  if (audience === undefined && given.has('scope')) {
    return wrong('A scope is asked for and no audience: only tokens have scopes, and none are taken.')
  }
  const [maxAge] = all('max_age')
  return {
    ok: true,
    required: {
      audience,
      scope: all('scope').flatMap((value) => value.split(' ')),
      roles: all('role'),
      acr: all('acr'),
      maxAge: maxAge === undefined ? undefined : Number(maxAge),
      user: all('user')[0] === 'username' ? 'username' : 'id',
    },
  }
}

function wrong(because: string): Reading {
  return { ok: false, because }
}
