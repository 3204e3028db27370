// Asking a person: what the consent page says, and the ticket that binds its form to what was said and to whom.
import { digest } from '@countersign/protocol'
import type { SignedIn } from '../../accounts/sessions/sessions.ts'
import type { Party } from '../../platform/html/party.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import { ticketsOf } from '../../platform/http/ticket.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Apis } from '../apis/catalogue.ts'
import { type Client, identityProof } from '../clients/client.ts'
import type { Lifetimes } from '../lifetimes.ts'
import type { AskedFor } from './asked.ts'
import { type OwnWords, partsOf, titlesOf } from './boxes.ts'
import type { ConsentPageModel } from './consent.page.ts'
import type { Item } from './items.ts'
import { type Offer, offerOf } from './offer.ts'

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
  readonly party: Party
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
  const { reference, client, redirectUri, party, offer, signedIn, apis } = question
  const { asked, open, given } = offer
  return {
    flow: sealTicket(platform, request, {
      reference,
      sessionId: signedIn.session.id,
      asked: fingerprint(asked, open),
    }),
    client: party,
    account: { name: signedIn.user.name, email: signedIn.user.email },
    notYou: question.notYou,
    ...terms({ asked, apis }, lifetimes),
    parts: partsOf(offer, apis),
    already: titlesOf(given, apis),
    remembers: identityProof(client, redirectUri) === 'proven',
  }
}

/**
 * What is asked for, as every page says it that asks a person anew.
 *
 * @param own what is to be said of a scope instead of the usual
 */
export function terms(
  { asked, apis }: { readonly asked: AskedFor; readonly apis: Apis },
  lifetimes: Lifetimes,
  own: OwnWords = {},
): Pick<ConsentPageModel, 'parts' | 'lifetime'> {
  const seconds = asked.resources.map(
    (identifier) => apis.withIdentifier(identifier)?.accessTokenSeconds ?? 0,
  )
  return {
    parts: partsOf(offerOf(asked, null, apis, true), apis, own),
    lifetime: {
      accessSeconds: Math.max(...seconds, lifetimes.accessToken),
      offline: asked.scope.includes('offline_access')
        ? { idleSeconds: lifetimes.refreshIdle, absoluteSeconds: lifetimes.refreshAbsolute }
        : null,
    },
  }
}
