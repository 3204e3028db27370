// Who it is, in headers that applications behind a proxy read: Remote-User, Remote-Groups, Remote-Email, Remote-Name.
// INVARIANT: every value is one line of printable ASCII, whatever is stored (HT-18), and all four are always there, so
// that a proxy which copies them overwrites whatever the client sent under these names (C20).

/** What is told of somebody; null where it isn't known or not to be told. */
export interface Told {
  readonly user: string
  readonly groups: readonly string[]
  /** Verified. */
  readonly email: string | null
  readonly name: string | null
}

/** The four headers; an empty value says nothing. */
export function remoteHeaders({ user, groups, email, name }: Told): Record<string, string> {
  return {
    'remote-user': plain(user),
    // A comma is what separates them: nothing that holds one is a group.
    'remote-groups': groups.filter((group) => plain(group) !== '' && !group.includes(',')).join(','),
    'remote-email': plain(email ?? ''),
    'remote-name': anyText(name ?? ''),
  }
}

/** The text if it can stand in a header as it is, and otherwise nothing: half an identifier would be another one. */
function plain(text: string): string {
  return canBeTold(text) ? text : ''
}

/** Whether a user name can stand in a header; those from other systems may be in any script, and hold spaces. */
export function canBeTold(name: string): boolean {
  return /^[\x21-\x7e]*$/.test(name)
}

const encoded = "UTF-8''"

/** Printable ASCII as it is; anything else as an extended value of RFC 8187 §3.2, which is told by its beginning. */
function anyText(text: string): string {
  if (/^(?! )[\x20-\x7e]*(?<! )$/.test(text) && !text.toUpperCase().startsWith(encoded)) return text
  // RFC 8187 §3.2.1: attr-char leaves out ' ( ) * too.
  const escaped = encodeURIComponent(text.toWellFormed()).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return encoded + escaped
}
