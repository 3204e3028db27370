// What every client of others is asked to do here, how it is handed what it needs, and what comes of it: an application
// that registered with a development server, and a person with a browser without script.
import { Person, type Seen } from '../harness/person.ts'
import { password, type Server } from '../harness/server.ts'

/** In the order of the table that `npm run interop` prints. */
export const steps = [
  'discovery',
  'code',
  'id-token',
  'refresh',
  'userinfo',
  'introspection',
  'revocation',
  'logout',
  'par',
  'dpop',
  'device',
  'client-credentials',
] as const
export type Step = (typeof steps)[number]

/** `by hand`: the library leaves this step to its caller, who did it by plain HTTP. */
export type Outcome = 'done' | 'by hand'

/** All that an application knows of the server and of itself. */
export interface Registration {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUri: string
  readonly postLogoutRedirectUri: string
}

export interface ClientRun extends Registration {
  readonly browser: Browser
  /** Says that a step has succeeded; whoever can't do it throws instead. */
  done(step: Step): void
  byHand(step: Step): void
}

/** Ada, who says yes to everything. */
export interface Browser {
  /** Goes to an address of the server. @returns where it would have left to: the application's own address, with the answer */
  walk(address: string | URL): Promise<URL>
  /** Enters the code of a device at its address, and allows it. */
  approve(address: string | URL): Promise<void>
}

export const ada = { username: 'ada', password } as const

export function browserOf({
  redirectUri,
  postLogoutRedirectUri,
}: Pick<Registration, 'redirectUri' | 'postLogoutRedirectUri'>): Browser {
  const person = new Person(redirectUri, postLogoutRedirectUri)
  return {
    walk: async (address) => {
      const seen = await person.walk(address, ada)
      return seen.left ?? fail(seen)
    },
    approve: async (address) => {
      const code = await person.walk(address, ada)
      const user_code = new URL(address).searchParams.get('user_code') ?? ''
      const allowed = await person.submit(await person.submit(code, { user_code }), { decision: 'allow' })
      if (!allowed.html.includes('go back to your device')) fail(allowed)
    },
  }
}

function fail({ status, url, html }: Seen): never {
  const words = html.replace(/<(style|script)\b.*?<\/\1>/gs, ' ').replace(/<[^>]+>/g, ' ')
  throw new Error(`Stuck at ${url.pathname} (${status}): ${words.replace(/\s+/g, ' ').trim()}`)
}

/** Registers a confidential application that may do all of the steps, with the path that its answers go to. */
export async function register(on: Server, id: string, callback = '/callback'): Promise<Registration> {
  const redirectUri = `http://localhost:4402${callback}`
  const postLogoutRedirectUri = 'http://localhost:4402/bye'
  const grants = [
    'authorization_code',
    'refresh_token',
    'client_credentials',
    'urn:ietf:params:oauth:grant-type:device_code',
  ]
  const scopes = ['openid', 'profile', 'email', 'offline_access', 'accounts:read']
  const { secret } = await on.countersign(
    ...['client', 'create', `Interop ${id}`, '--id', id, '--redirect-uri', redirectUri],
    ...['--post-logout-redirect-uri', postLogoutRedirectUri],
    ...grants.flatMap((grant) => ['--grant', grant]),
    ...scopes.flatMap((scope) => ['--scope', scope]),
  )
  return { issuer: on.issuer, clientId: id, clientSecret: String(secret), redirectUri, postLogoutRedirectUri }
}

/**
 * Polls for who has not decided yet until that is too fast: less than five seconds after the last time, which on a busy
 * machine takes more than two.
 */
export async function untilTooFast(poll: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; tries < 10; tries++) {
    const code = await poll().then(
      () => 'tokens',
      (error: { readonly error?: unknown }) => error.error,
    )
    if (code === 'slow_down') return
    if (code !== 'authorization_pending') throw new Error(`A poll brought ${String(code)}.`)
  }
  throw new Error('No poll was too fast.')
}

export type Outcomes = ReadonlyMap<Step, Outcome>

/** Lets an application of this process take its steps. */
export async function runClient(
  registration: Registration,
  application: (run: ClientRun) => Promise<void>,
): Promise<Outcomes> {
  const outcomes = new Map<Step, Outcome>()
  await application({
    ...registration,
    browser: browserOf(registration),
    done: (step) => void outcomes.set(step, 'done'),
    byHand: (step) => void outcomes.set(step, 'by hand'),
  })
  return outcomes
}
