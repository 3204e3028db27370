// A server of ours that people and clients of an original are brought to, and how each of them comes in there: by the
// pages, as people do, and at the token endpoint.

import { codeChallenge } from '@countersign/protocol'
import { noLimits } from '../../packages/server/src/accounts/people.fixture.ts'
import { eraseUser } from '../../packages/server/src/accounts/users/erase.ts'
import { take } from '../../packages/server/src/admin/moving/moving.fixture.ts'
import type { ImportReport } from '../../packages/server/src/admin/moving/report.ts'
import { type SourceName, sources } from '../../packages/server/src/admin/moving/sources/sources.ts'
import { deleteClient } from '../../packages/server/src/oauth/clients/clients.store.ts'
import { ada, clients, grace, openOAuthHouse } from '../../packages/server/src/oauth/house.ts'
import { oauthRoom, oauthRoutes } from '../../packages/server/src/oauth/oauth.routes.ts'
import {
  type Answer,
  edgeOf,
  type House,
  openHouse,
  Visitor,
} from '../../packages/server/src/platform/house.ts'
import { openHall, signIn } from '../../packages/server/src/signin/signin.fixture.ts'
import { type Authenticator, signInByPasskey } from '../harness/authenticator.ts'

/** How far a password came, and what came of the code beside it. */
export type CameTo = 'in' | 'out' | 'second step' | 'in by both'

/** A server that people are brought to. */
export interface Moved extends AsyncDisposable {
  readonly house: House
  bring(source: SourceName, from: string, options?: Bringing): Promise<ImportReport>
  /** Signs in on the pages. */
  comes(name: string, password: string, code?: string): Promise<CameTo>
  /** Signs in by a passkey alone. */
  comesBy(authenticator: Authenticator): Promise<boolean>
  /** Asks the token endpoint as a client. @returns what it was answered: `200`, or the error */
  asks(form: Readonly<Record<string, string>>): Promise<string>
  /** Has a person allow a client a code, by the client's only redirect URI. */
  codeFor(name: string, password: string, clientId: string, redirectUri: string): Promise<string | null>
}

interface Bringing {
  readonly options?: Readonly<Record<string, string>>
  /** Whose passkeys come: `localhost` is the test house. */
  readonly rpId?: string
}

/** Of every code that is asked for here. */
export const verifier = 'a-verifier-that-is-long-enough-to-be-one-0123456789'

/** Opens one with the API of the tests in it. */
export async function openMoved(): Promise<Moved> {
  const house = await openHouse()
  const hall = await openHall({ house, limits: noLimits })
  const { room } = await openOAuthHouse({ house })
  // Those of the tests: the names are needed.
  for (const { id } of [ada, grace]) await house.database.commit([eraseUser(house, id)])
  for (const { id } of [clients.spa, clients.web, clients.machine])
    await house.database.commit(deleteClient(house, id))
  const edge = edgeOf(house, oauthRoutes(oauthRoom(house, { keyring: room.keyring, door: hall })), {})
  return {
    house,
    bring: (source, from, { options = {}, rpId } = {}) =>
      take(hall, sources[source].read({ from, options, since: null, now: house.runtime.now() }), {
        source,
        numbers: [...sources[source].numbers],
        rpId: rpId ?? null,
      }),
    comes: (name, password, code) => signInOnPages(hall.visitor(), { name, password, code }),
    comesBy: async (authenticator) => (await signInByPasskey(hall.visitor(), authenticator)).status === 303,
    asks: async (form) => said(await new Visitor(edge).visit('/oauth/token', { form })),
    codeFor: async (name, password, clientId, redirectUri) => {
      const visitor = hall.visitor()
      await signIn(visitor, { username: name, password })
      const browser = new Visitor(edge, house.issuer.origin)
      for (const [cookie, value] of visitor.cookies) browser.cookies.set(cookie, value)
      const asked = new URLSearchParams({
        response_type: 'code',
        client_id: clientId,
        redirect_uri: redirectUri,
        scope: 'openid',
        state: 'a state',
        code_challenge: codeChallenge(verifier),
        code_challenge_method: 'S256',
      })
      let answer = await browser.visit(`/oauth/authorize?${asked}`)
      if (answer.location?.startsWith('/oauth/authorize?flow=') === true) {
        const page = await browser.visit(answer.location)
        answer = await browser.submit('/oauth/authorize', {
          flow: page.field('flow') ?? '',
          decision: 'allow',
        })
      }
      return new URL(answer.location ?? 'about:blank', house.issuer.url).searchParams.get('code')
    },
    [Symbol.asyncDispose]: () => house.close(),
  }
}

async function signInOnPages(
  visitor: Visitor,
  {
    name,
    password,
    code,
  }: { readonly name: string; readonly password: string; readonly code: string | undefined },
): Promise<CameTo> {
  const answer = await signIn(visitor, { username: name, password })
  if (answer.location === '/account') return 'in'
  const [, step] = /^\/sign-in\/second\?step=([^&]+)/.exec(answer.location ?? '') ?? []
  if (step === undefined) return 'out'
  if (code === undefined) return 'second step'
  await visitor.visit(`/sign-in/second?step=${step}`)
  const form = { step: decodeURIComponent(step), factor: 'totp', otp: code }
  const shown = await visitor.submit('/sign-in/second', form)
  return shown.location === '/account' ? 'in by both' : 'second step'
}

function said(answer: Answer): string {
  return answer.status === 200 ? '200' : String(answer.json()['error'])
}
