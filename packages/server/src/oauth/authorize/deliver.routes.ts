// How an answer reaches the client: by a redirect, or by a form that posts itself; as it is, or signed.
import { isSignedMode, type Parameters, responseRedirect } from '@countersign/protocol'
import { frameOf } from '../../platform/html/frame.ts'
import { type Incoming, type Outgoing, page, provenLocation, redirect } from '../../platform/http/exchange.ts'
import type { OAuthRoom } from '../room.ts'
import type { Addressee } from './examine.ts'
import { formPostPage } from './form-post.page.ts'
import { leavePage } from './leave.page.ts'
import { partyOf } from './party.ts'
import { signedResponse } from './signed-response.ts'

/** Answers the client of a request, in the mode that it asked for. */
export async function deliver(
  room: OAuthRoom,
  request: Incoming,
  to: Addressee,
  answer: Parameters,
): Promise<Outgoing> {
  const parameters = await inMode(room, to, answer)
  return isForm(to)
    ? formPost(room, request, to, parameters)
    : redirect(provenLocation(responseRedirect(to.redirect, parameters)))
}

/** As `deliver`, when the person presses a button. @param host of the address that the answer goes to */
export async function deliverByHand(
  room: OAuthRoom,
  request: Incoming,
  to: Addressee,
  answer: { readonly parameters: Parameters; readonly code: string; readonly host: string },
): Promise<Outgoing> {
  const { code, host } = answer
  const parameters = await inMode(room, to, answer.parameters)
  const way = isForm(to)
    ? { action: to.redirect.uri, fields: Object.fromEntries(parameters) }
    : responseRedirect(to.redirect, parameters)
  const party = await partyOf(room, to.client, to.redirect.uri)
  return page(leavePage({ party, host, code, way }, frameOf(room.platform, request)), { status: 400 })
}

async function inMode(room: OAuthRoom, to: Addressee, answer: Parameters): Promise<Parameters> {
  return isSignedMode(to.redirect.responseMode) ? signedResponse(room, to.client, answer) : answer
}

/** A private-use scheme has nothing that a form could be posted to. */
function isForm({ redirect: { responseMode, uri } }: Addressee): boolean {
  return responseMode.startsWith('form_post') && /^https?:/.test(uri)
}

function formPost(room: OAuthRoom, request: Incoming, to: Addressee, parameters: Parameters): Outgoing {
  const model = { action: to.redirect.uri, fields: Object.fromEntries(parameters), client: to.client.name }
  return page(formPostPage(model, frameOf(room.platform, request)))
}
