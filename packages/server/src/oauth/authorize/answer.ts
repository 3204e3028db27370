/** Handing an authorization response to the client (RFC 6749 §4.1.2, RFC 9207 §2, Form Post Response Mode §2). */
import {
  errorParameters,
  errorRedirect,
  type OAuthError,
  type Parameters,
  type ProvenRedirect,
  successParameters,
  successRedirect,
} from '@countersign/protocol'
import { frameOf } from '../../platform/html/frame.ts'
import { type Incoming, type Outgoing, page, provenLocation, redirect } from '../../platform/http/exchange.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Client } from '../clients/client.ts'
import { formPostPage } from './form-post.page.ts'

/** Whom to answer, and where. */
export interface Addressee {
  readonly client: Client
  readonly redirect: ProvenRedirect
}

export function answerCode(platform: Platform, request: Incoming, to: Addressee, code: string): Outgoing {
  const response = { code, iss: platform.issuer.url }
  if (isForm(to)) return formPost(platform, request, to, successParameters(to.redirect, response))
  return redirect(provenLocation(successRedirect(to.redirect, response)))
}

export function answerError(
  platform: Platform,
  request: Incoming,
  to: Addressee,
  error: OAuthError,
): Outgoing {
  const response = { error, iss: platform.issuer.url }
  if (isForm(to)) return formPost(platform, request, to, errorParameters(to.redirect, response))
  return redirect(provenLocation(errorRedirect(to.redirect, response)))
}

/** A private-use scheme has nothing that a form could be posted to. */
function isForm({ redirect: { responseMode, uri } }: Addressee): boolean {
  return responseMode === 'form_post' && /^https?:/.test(uri)
}

function formPost(platform: Platform, request: Incoming, to: Addressee, parameters: Parameters): Outgoing {
  const fields = Object.fromEntries(parameters)
  const model = { action: to.redirect.uri, fields, client: to.client.name }
  return page(formPostPage(model, frameOf(platform, request)))
}
