// How an answer reaches the client: by a redirect, or by a form that posts itself; as it is, or signed.
import { isSignedMode, type Parameters, responseRedirect } from '@countersign/protocol'
import { frameOf } from '../../platform/html/frame.ts'
import { type Incoming, type Outgoing, page, provenLocation, redirect } from '../../platform/http/exchange.ts'
import type { OAuthRoom } from '../room.ts'
import type { Addressee } from './examine.ts'
import { formPostPage } from './form-post.page.ts'
import { signedResponse } from './signed-response.ts'

/** Answers the client of a request, in the mode that it asked for. */
export async function deliver(
  room: OAuthRoom,
  request: Incoming,
  to: Addressee,
  answer: Parameters,
): Promise<Outgoing> {
  const isSigned = isSignedMode(to.redirect.responseMode)
  const parameters = isSigned ? await signedResponse(room, to.client, answer) : answer
  return isForm(to)
    ? formPost(room, request, to, parameters)
    : redirect(provenLocation(responseRedirect(to.redirect, parameters)))
}

/** A private-use scheme has nothing that a form could be posted to. */
function isForm({ redirect: { responseMode, uri } }: Addressee): boolean {
  return responseMode.startsWith('form_post') && /^https?:/.test(uri)
}

function formPost(room: OAuthRoom, request: Incoming, to: Addressee, parameters: Parameters): Outgoing {
  const model = { action: to.redirect.uri, fields: Object.fromEntries(parameters), client: to.client.name }
  return page(formPostPage(model, frameOf(room.platform, request)))
}
