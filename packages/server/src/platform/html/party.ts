// The party on the other side, as pages name it: the application that a person signs in to or gives access to.
import { webAddress } from './address.ts'
import { type Html, html, nothing, type Piece } from './markup.ts'

/** An application as its registration describes it; nothing of it was verified but its addresses. */
export interface Party {
  readonly name: string
  /** Host of its address, such as `bank.example.com`; null for an application without one. */
  readonly host: string | null
  /**
   * Where it runs: at a website, or on the person's own computer (a native app, a loopback or localhost address); or where
   * nobody here sees it, on a device or elsewhere.
   */
  readonly runs: 'web' | 'this-computer' | 'device' | 'elsewhere'
  /** Who says that it is what it says: those who run this server of their own, an operator here, nobody but itself. */
  readonly vouched?: 'house' | 'operator' | 'itself' | undefined
  /** Host of the address at which it describes itself; null for one that is registered here. */
  readonly describedAt?: string | null | undefined
  /** A picture that needs no request; nobody else's address stands in a page of ours. */
  readonly logo?: `data:image/${string}` | null | undefined
  readonly policyUri?: string | null | undefined
  readonly termsUri?: string | null | undefined
}

/** What is known of where it runs, in words. */
function placeWords(party: Party): string {
  if (party.runs === 'device') return 'on another device'
  if (party.runs === 'elsewhere') return 'from elsewhere'
  if (party.runs === 'web') return party.host ?? 'a website'
  return party.host === null ? 'runs on this computer' : `${party.host}, runs on this computer`
}

/** Who asks, as the stub of a page says it. @param doing such as “Asked for by” */
export function partyStub(doing: string, party: Party): Html {
  return html`<p class="stub-for">${doing}</p>${logoOf(party)}<p class="stub-name">${party.name}</p><p class="stub-place">${placeWords(party)}</p>${vouchedWords(party)}${partyLinks(party)}`
}

function logoOf({ logo }: Party): Html {
  return logo === null || logo === undefined
    ? nothing
    : html`<img class="stub-logo" src="${logo}" alt="" width="48" height="48">`
}

function vouchedWords({ vouched, describedAt = null }: Party): Html {
  if (vouched === 'house') return html`<p class="stub-note">Run by the same people as this server</p>`
  if (vouched === 'itself' && describedAt !== null)
    return html`<p class="stub-note beware-note">It describes itself at ${describedAt}: nobody here has checked who runs it</p>`
  if (vouched === 'itself')
    return html`<p class="stub-note beware-note">It registered itself: nobody here has checked who runs it</p>`
  return nothing
}

/** Links to its own policy and terms, if it gave any. */
function partyLinks(party: Party): Html {
  const links = [webLink(party.policyUri, 'Privacy policy'), webLink(party.termsUri, 'Terms')].filter(
    (link) => link !== null,
  )
  return links.length === 0 ? nothing : html`<p class="party-links">${links}</p>`
}

/** A link to an address that someone else gave us; null unless it is plain http or https. */
function webLink(address: string | null | undefined, text: Piece): Html | null {
  const href = webAddress(address)
  return href === null ? null : html`<a href="${href}" rel="noopener noreferrer">${text}</a>`
}

/** Someone's name within a sentence: kept apart, so that no direction marks in it reorder our words. */
export function named(name: string): Html {
  return html`<bdi>${name}</bdi>`
}
