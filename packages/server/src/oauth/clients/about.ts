// What a client says of itself that changes nothing of what it may do: for people who look after clients, and for those
// who meet one (RFC 7591 §2, OpenID Connect Dynamic Registration 1.0 §2).
import { checkRedirectUri, checkWebUri } from '@countersign/protocol'
import type { ExtraRow } from './extras.ts'
import type { ClientFinding } from './registration.ts'

/** The kinds of applications: at a website, or on a person's own device. */
export const applicationTypes = ['web', 'native'] as const
export type ApplicationType = (typeof applicationTypes)[number]

/** `applicationType`: web, as Dynamic Registration has it. One that is said must agree with the redirect URIs. */
export const applicationType: ExtraRow<ApplicationType> = {
  usual: 'web',
  check: (value, { redirectUris = [] }) => {
    if (!applicationTypes.includes(value))
      return [{ path: 'applicationType', code: 'unknown', message: 'must be web or native' }]
    // §2: web clients have addresses on the web, native ones “custom URI schemes or loopback URLs”; RFC 8252 §7.2 gives
    // native ones claimed https addresses as well.
    const isPrivate = (uri: string): boolean => checkRedirectUri(uri) === null && !/^https?:/.test(uri)
    if (value === 'native') return []
    return redirectUris.flatMap((uri, index) =>
      isPrivate(uri)
        ? [
            {
              path: `redirectUris.${index}`,
              code: 'native',
              message: 'is not an address of a web application',
            },
          ]
        : [],
    )
  },
}

/** `homeUri`: its page for people. */
export const homeUri: ExtraRow<string | null> = {
  usual: null,
  check: (value) => {
    const finding = value === null ? null : checkWebUri(value)
    return finding === null ? [] : [{ path: 'homeUri', ...finding }]
  },
}

const mostContacts = 20

/** `contacts`: who answers for it, mostly mail addresses. */
export const contacts: ExtraRow<readonly string[]> = {
  usual: [],
  check: (value) => {
    if (value.length > mostContacts)
      return [{ path: 'contacts', code: 'too_many', message: `may be ${mostContacts} at most` }]
    return value.flatMap((contact, index) => checkLine(`contacts.${index}`, contact))
  },
}

/** `softwareId`: which software it is an instance of, as the software says; nobody vouches for it. */
export const softwareId = lineRow('softwareId')
/** `softwareVersion`: of that software. */
export const softwareVersion = lineRow('softwareVersion')

function lineRow(path: 'softwareId' | 'softwareVersion'): ExtraRow<string | null> {
  return { usual: null, check: (value) => (value === null ? [] : checkLine(path, value)) }
}

function checkLine(path: string, line: string): ClientFinding[] {
  if (line.trim() === '' || line.length > 254)
    return [{ path, code: 'length', message: 'must have 1 to 254 characters' }]
  return /\p{Cc}|\p{Cf}/u.test(line)
    ? [{ path, code: 'character', message: 'may not contain control characters' }]
    : []
}
