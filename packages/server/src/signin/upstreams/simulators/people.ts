// Who has an account at the simulated providers. Ada is also seeded here; the others are strangers at first.

/** An account at a simulated provider. */
export interface Person {
  /** The subject at this provider. */
  readonly id: string
  readonly givenName: string
  readonly familyName: string
  /** Null for someone who has none there or doesn't share it. */
  readonly email: string | null
  /** The provider's own word, where it says one. */
  readonly emailVerified: boolean
  /** A company's own domain at the provider (Google's `hd`). */
  readonly domain?: string
}

const ada = { givenName: 'Ada', familyName: 'Lovelace', email: 'ada@example.test', emailVerified: true }
const katherine = { givenName: 'Katherine', familyName: 'Johnson', emailVerified: true }

/** Everybody who has one. */
export const people = {
  google: [
    { id: '104837562910384756291', ...ada },
    { id: '117263548190273645182', ...katherine, email: 'katherine@orbit.example', domain: 'orbit.example' },
    {
      id: '109182736450192837465',
      givenName: 'Charles',
      familyName: 'Babbage',
      email: 'charles@engines.example',
      emailVerified: false,
    },
  ],
  facebook: [
    { id: '10158234567890123', ...ada },
    { id: '10157345678901234', ...katherine, email: 'katherine.johnson@mail.example' },
    { id: '10156456789012345', givenName: 'Hedy', familyName: 'Lamarr', email: null, emailVerified: false },
  ],
  oidc: [
    { id: 'a1d4c0de-0000-4000-8000-000000000001', ...ada },
    {
      id: 'a1d4c0de-0000-4000-8000-000000000002',
      givenName: 'Dorothy',
      familyName: 'Vaughan',
      email: 'dorothy@langley.example',
      emailVerified: true,
    },
  ],
} as const satisfies Readonly<Record<string, readonly Person[]>>

/** First and last name. */
export function nameOf(person: Person): string {
  return `${person.givenName} ${person.familyName}`
}
