// Whether clients may register themselves here (RFC 7591), and what those may have that do. Off unless an operator or the
// profile says otherwise.
import type { GrantType } from '@countersign/protocol'
import { deviceGrant } from '@countersign/protocol'
import type { Choice, Rules } from '../profiles/rules.ts'

/** Nobody, whoever was given an initial access token, or anyone. */
export const registrationModes = ['off', 'token', 'open'] as const
export type RegistrationMode = (typeof registrationModes)[number]

/** What clients may register themselves for. */
export interface RegistrationPolicy {
  readonly grants: readonly GrantType[]
  readonly scopes: Choice<string>
  /** Methods of client authentication. */
  readonly methods: Choice<string>
  /** Hosts that redirect URIs may be at; a private-use scheme is at none. */
  readonly hosts: Choice<string>
}

/** What an operator says of registration; what is left out follows from the profile. */
export interface RegistrationSettings {
  readonly mode?: RegistrationMode | undefined
  /** Scopes beside OpenID Connect's, or `['all']`. */
  readonly scopes?: readonly string[] | undefined
  readonly hosts?: readonly string[] | undefined
  /** Most clients that there may be which registered themselves. */
  readonly most?: number | undefined
}

/** Registration as this server has it. */
export interface Registration {
  readonly mode: RegistrationMode
  /** Of those who come without a token, and of tokens that say nothing else. */
  readonly policy: RegistrationPolicy
  readonly most: number
  /** Whether anyone may register as often as they like: where nothing but tests is served. */
  readonly unhurried: boolean
}

/** As an operator writes that every scope may be had. */
const everyScope = 'all'

/** The grants of clients that people use. What acts without them, or for them elsewhere, is an operator's to give. */
const usualGrants: readonly GrantType[] = ['authorization_code', 'refresh_token', deviceGrant]

const usualMost = 1000
const modes = { closed: 'off', 'by token': 'token', open: 'open' } as const satisfies Record<
  Rules['registration'],
  RegistrationMode
>

/** What follows from the settings and the profile; the settings win. */
export function registrationOf(settings: RegistrationSettings, rules: Rules): Registration {
  const { scopes = rules.registration === 'open' ? [everyScope] : [], hosts, most = usualMost } = settings
  return {
    mode: settings.mode ?? modes[rules.registration],
    policy: {
      grants: usualGrants.filter((grant) => !rules.withoutGrants.includes(grant)),
      scopes: scopes.includes(everyScope) ? 'all' : scopes,
      methods: rules.clientAuthentication,
      hosts: hosts ?? 'all',
    },
    most,
    unhurried: rules.testOnly,
  }
}
