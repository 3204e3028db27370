// Asking a person: what the consent page says, and the ticket that binds its form to what was said and to whom.
import { digest } from '@countersign/protocol'
import type { SignedIn } from '../../accounts/sessions/sessions.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import { ticketsOf } from '../../platform/http/ticket.ts'
import type { Platform } from '../../platform/platform.ts'
import { identityScopes } from '../apis/api.ts'
import type { Apis } from '../apis/catalogue.ts'
import { type Client, identityProof } from '../clients/client.ts'
import { typeOf } from '../details/asked.ts'
import { wordsOf } from '../details/words.ts'
import type { Lifetimes } from '../lifetimes.ts'
import type { AskedFor } from './asked.ts'
import { partsOf, titlesOf } from './boxes.ts'
import type { ConsentApi, ConsentPageModel } from './consent.page.ts'
import type { Item } from './items.ts'
import type { Offer } from './offer.ts'
import { partyOf } from './party.ts'

/** What one rendered consent form is about. */
export interface Ticket {
  readonly reference: string
  readonly sessionId: string
  /** What was asked, see `fingerprint`. */
  readonly asked: string
}

const tickets = ticketsOf<Ticket>('consent')
const sealTicket = tickets.seal
export const openTicket = tickets.open

/**
 * What was asked and offered, as a short text to compare: agreement to one thing is no agreement to another, nor to what
 * was shown as given and no longer is.
 *
 * @param open what could be ticked, where there were boxes
 */
export function fingerprint(asked: AskedFor, open: readonly Item[] = []): string {
  const { scope, resources, disclosed, details = [] } = asked
  return digest(JSON.stringify([scope, resources, disclosed, details, open.map(({ key }) => key)]))
}

/** What a person is to be asked. */
export interface ConsentQuestion {
  readonly reference: string
  /** Local address at which somebody else signs in. */
  readonly notYou: string
  readonly client: Client
  readonly redirectUri: string
  readonly offer: Offer
  readonly signedIn: SignedIn
  readonly apis: Apis
}

/** What the consent page says, with a ticket for its form. */
export function consentModel(
  platform: Platform,
  request: Incoming,
  lifetimes: Lifetimes,
  question: ConsentQuestion,
): ConsentPageModel {
  const { reference, client, redirectUri, offer, signedIn, apis } = question
  const { asked, open, given } = offer
  return {
    flow: sealTicket(platform, request, {
      reference,
      sessionId: signedIn.session.id,
      asked: fingerprint(asked, open),
    }),
    client: partyOf(client, redirectUri),
    account: { name: signedIn.user.name, email: signedIn.user.email },
    notYou: question.notYou,
    parts: partsOf(offer, apis),
    already: titlesOf(given, apis),
    lifetime: terms({ asked, apis }, lifetimes).lifetime,
    remembers: identityProof(client, redirectUri) === 'proven',
  }
}

/** What is asked for, as every page says it that asks a person. */
export function terms(
  question: { readonly asked: AskedFor; readonly apis: Apis },
  lifetimes: Lifetimes,
): Pick<ConsentPageModel, 'lifetime'> & {
  readonly identityScopes: readonly string[]
  readonly apis: readonly ConsentApi[]
} {
  const { asked } = question
  const apis = askedApis(question)
  return {
    identityScopes: [...asked.scope.filter((name) => identityScopes.includes(name)), ...asked.disclosed],
    apis: apis.map(({ api }) => api),
    lifetime: {
      accessSeconds: Math.max(...apis.map(({ seconds }) => seconds), lifetimes.accessToken),
      offline: asked.scope.includes('offline_access')
        ? { idleSeconds: lifetimes.refreshIdle, absoluteSeconds: lifetimes.refreshAbsolute }
        : null,
    },
  }
}

function askedApis({
  asked,
  apis,
}: {
  readonly asked: AskedFor
  readonly apis: Apis
}): { api: ConsentApi; seconds: number }[] {
  return asked.resources.flatMap((identifier) => {
    const api = apis.withIdentifier(identifier)
    if (api === undefined) return []
    const scopes = api.scopes
      .filter(({ name }) => asked.scope.includes(name))
      .map(({ name, description }) => ({ scope: name, description: description === '' ? null : description }))
    const details = (asked.details ?? [])
      .filter(({ type }) => apis.ofDetails(type) === api)
      .map((detail) => wordsOf(detail, typeOf(detail, apis)))
    const name = api.name === identifier ? null : api.name
    return [{ api: { name, identifier, scopes, details }, seconds: api.accessTokenSeconds }]
  })
}
