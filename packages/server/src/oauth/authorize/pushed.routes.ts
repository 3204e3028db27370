// The pushed authorization request endpoint (RFC 9126 §2): a client says what it will ask for, proves who it is, and gets a
// name for it to send through the browser. Every fault is told to the client at once, and none goes to a browser.
import { OAuthError, Parameters, proveRedirect, readAuthorizationTarget } from '@countersign/protocol'
import { type Incoming, json, type Outgoing } from '../../platform/http/exchange.ts'
import { invalidProof, type PresentedProof, readProof } from '../binding/proofs.ts'
import { authenticate } from '../clients/authenticate.ts'
import type { Client } from '../clients/client.ts'
import type { OAuthRoom } from '../room.ts'
import { examine } from './examine.ts'
import { keepPushed, withoutCredentials } from './pushed.ts'
import { openRequestOf, refuseUnsigned } from './signed-request.ts'

/**
 * Answers a pushed request.
 *
 * INVARIANT: what is kept would be accepted at the authorization endpoint now, from this client alone; and a DPoP proof
 * is good for one push.
 * @throws OAuthError with the codes of RFC 6749 §4.1.2.1 and §5.2, RFC 8707 §2, RFC 9101 §6, RFC 9449 §5 and §8
 */
export async function pushAuthorizationRequest(room: OAuthRoom, request: Incoming): Promise<Outgoing> {
  const { form } = request
  // RFC 9126 §2.1: "The "request_uri" authorization request parameter is one exception, and it MUST NOT be provided."
  if (form.has('request_uri')) throw invalid('The parameter request_uri has no place here.')
  // Before the client is asked for, so that no assertion of its is used up by a proof that wants another nonce.
  const proof = readProof(room, request, null)
  const client = await authenticate(room, request)
  const opened = await openRequestOf(room, client, Parameters.from(withoutCredentials(form)))
  refuseUnsigned(client, opened)
  const parameters = boundTo(proof, opened.parameters)
  await refuseFaults(room, client, parameters)
  const { requestUri, writes } = keepPushed(room, client, parameters)
  const committed = await room.platform.database.commit([proof?.once, writes])
  if (!committed.ok) throw invalidProof('used before')
  const answer = { request_uri: requestUri, expires_in: room.lifetimes.pushedRequest }
  return json(201, answer, proof?.headers)
}

/**
 * RFC 9126 §2.1: the server validates the request "as it would an authorization request sent to the authorization
 * endpoint".
 */
async function refuseFaults(room: OAuthRoom, client: Client, parameters: Parameters): Promise<void> {
  const target = readAuthorizationTarget(parameters)
  if (target.clientId !== client.id) throw invalid('The client_id is that of another client.')
  await examine(room, { client, redirect: proveRedirect(client, target) }, parameters)
}

/**
 * RFC 9449 §10.1: a proof here says what `dpop_jkt` would. "If both are used ..., the authorization server MUST reject the
 * request if the JWK Thumbprint in dpop_jkt does not match the public key in the DPoP header."
 */
function boundTo(proof: PresentedProof | null, parameters: Parameters): Parameters {
  if (proof === null) return parameters
  const named = parameters.get('dpop_jkt')
  if (named === undefined) return Parameters.from([...parameters, ['dpop_jkt', proof.thumbprint]])
  if (named !== proof.thumbprint) throw invalidProof('of another key than dpop_jkt names')
  return parameters
}

function invalid(description: string): OAuthError {
  return new OAuthError('invalid_request', { description })
}
