// What a person is asked, by what they said before: only what is new is a question, what was given is shown as such, and
// what was left out stays left out until the client wants to know anew. And what their answer comes to.
import type { Apis } from '../apis/catalogue.ts'
import { type Client, identityProof } from '../clients/client.ts'
import { typeOf } from '../details/asked.ts'
import { isWithin } from '../details/within.ts'
import type { AskedFor } from './asked.ts'
import type { Consent } from './consents.store.ts'
import {
  type Choice,
  choosing,
  everything,
  type Item,
  isRequired,
  itemsOf,
  keptOf,
  type Standing,
  standingOf,
} from './items.ts'

/** A question for a person. */
export interface Offer {
  readonly asked: AskedFor
  /** Whether everything is asked anew, whatever was given before. */
  readonly again: boolean
  /** What can be ticked. */
  readonly open: readonly Item[]
  /** What was given before, and is not asked again. */
  readonly given: readonly Item[]
  /** Keys of what can be ticked and was left out before: it begins without a tick. */
  readonly declined: ReadonlySet<string>
}

/**
 * Whether everything has to be asked: the client wants it (OpenID Connect Core §3.1.2.1, `prompt=consent`), or nobody
 * could tell whether it is the same one as before (RFC 8252 §8.6).
 */
export function asksAgain(
  client: Client,
  request: { readonly prompt: readonly string[]; readonly redirectUri: string },
): boolean {
  return request.prompt.includes('consent') || identityProof(client, request.redirectUri) !== 'proven'
}

/** What is asked of a person who said so much before. */
export function offerOf(asked: AskedFor, consent: Consent | null, apis: Apis, again: boolean): Offer {
  const standings = standingsOf(asked, consent, apis)
  const isOpen = ({ standing }: Stands): boolean => again || standing !== 'given'
  const [open, given] = [standings.filter(isOpen), standings.filter((one) => !isOpen(one))]
  return {
    asked,
    again,
    open: open.map(({ item }) => item),
    given: given.map(({ item }) => item),
    declined: declinedOf(standings),
  }
}

/**
 * What of a request was decided before, as far as it was given; null while something of it was never asked, or where
 * nothing was given.
 */
export function rememberedOf(asked: AskedFor, consent: Consent | null, apis: Apis): AskedFor | null {
  const standings = standingsOf(asked, consent, apis)
  if (standings.some(({ standing }) => standing === 'new')) return null
  const declined = declinedOf(standings)
  return keptOf(asked, { has: (key) => !declined.has(key) }, apis)
}

interface Stands {
  readonly item: Item
  readonly standing: Standing
}

function standingsOf(asked: AskedFor, consent: Consent | null, apis: Apis): readonly Stands[] {
  return itemsOf(asked, apis).map((item) => ({ item, standing: standingOf(item, consent, apis) }))
}

function declinedOf(standings: readonly Stands[]): ReadonlySet<string> {
  return new Set(standings.flatMap(({ item, standing }) => (standing === 'declined' ? [item.key] : [])))
}

/**
 * What a client of the house is given without a question: all that it asks for but for what this person has left out, and
 * nothing where people are asked about something of it each time. OpenID Connect Core §11 wants `prompt=consent` for
 * `offline_access` “unless other conditions for processing the request permitting offline access to the requested
 * resources are in place”: an operator said so.
 */
export function houseOf(asked: AskedFor, consent: Consent | null, apis: Apis): AskedFor | null {
  const { details = [] } = asked
  if (!details.every((detail) => typeOf(detail, apis).remembered)) return null
  return keptOf(asked, { has: (key) => consent?.declined.includes(key) !== true }, apis)
}

/** What an answer comes to. */
export interface Agreement {
  /** What the client gets; null where that is nothing, which is a no. */
  readonly kept: AskedFor | null
  /** What is remembered from now on. */
  readonly remembers: Pick<Consent, 'scope' | 'resources' | 'details' | 'declined'>
  /** Whether something that was given before has been left out. */
  readonly takesBack: boolean
}

/** What it comes to when a person answers an offer with a choice. Pure. */
export function agreementOf(
  { asked, again, open, given }: Offer,
  choice: Choice,
  consent: Consent | null,
  apis: Apis,
): Agreement {
  const isGiven = (key: string): boolean =>
    given.some((item) => key === item.key || (item.kind === 'detail' && key.startsWith(`${item.key}:`)))
  const kept = keptOf(asked, { has: (key) => isGiven(key) || choice.has(key) }, apis)
  const out = open.filter((item) => !isRequired(item) && !choice.has(item.key))
  const before = consent ?? nothing
  const outNames = new Set(out.flatMap((item) => ('name' in item ? [item.name] : [])))
  const scope = union(
    before.scope.filter((name) => !outNames.has(name)),
    [...(kept?.scope ?? []), ...(kept?.disclosed ?? [])],
  )
  const isUsed = (identifier: string): boolean =>
    !asked.resources.includes(identifier) ||
    scope.some((name) => apis.ofScope(name)?.identifier === identifier)
  const touched = again ? open.flatMap((item) => (item.kind === 'detail' ? [item.detail] : [])) : []
  return {
    kept,
    remembers: {
      scope,
      resources: union(before.resources.filter(isUsed), kept?.resources ?? []),
      details: detailsAfter(before.details, touched, kept?.details ?? [], apis),
      declined: union(
        before.declined.filter((key) => !open.some((item) => item.key === key)),
        out.flatMap((item) => (item.kind === 'detail' ? [] : [item.key])),
      ),
    },
    takesBack: out.some((item) => standingOf(item, consent, apis) === 'given'),
  }
}

const nothing = { scope: [], resources: [], details: [], declined: [] }

type Details = Consent['details']

/** Of types that are remembered, each once and none within another. */
function detailsAfter(before: Details, touched: Details, kept: Details, apis: Apis): Details {
  const covers = (one: Details[number], other: Details[number]): boolean =>
    isWithin([other], [one], apis.detailsType)
  const stay = before.filter(
    (detail) => !touched.some((other) => covers(detail, other) || covers(other, detail)),
  )
  const added = kept.filter(
    (detail) => typeOf(detail, apis).remembered && !stay.some((one) => covers(one, detail)),
  )
  return [...stay.filter((detail) => !added.some((one) => covers(one, detail))), ...added]
}

function union(one: readonly string[], other: readonly string[]): readonly string[] {
  return [...new Set([...one, ...other])]
}

/** What a form's boxes say; everything where the form has none, as when a program sends the button alone. */
export function choiceIn(form: { readonly has: (name: string) => boolean }): Choice {
  return form.has(choosing) ? { has: (key) => form.has(key) } : everything
}
