// The way to the server and back: the authorization request, and the answer in the callback's query
// (RFC 6749 §4.1.1 and §4.1.2, OpenID Connect Core §3.1.2, RFC 9207).
import { AuthError } from './errors.ts'
import { challengeOf, random } from './pkce.ts'
import type { Settings } from './settings.ts'
import type { Transaction } from './transaction.ts'
import type { SignInOptions } from './types.ts'

/** A new transaction and the address to send the browser to. */
export async function request(
  settings: Settings,
  options: SignInOptions,
  mark = '',
): Promise<{ readonly transaction: Transaction; readonly url: string }> {
  const { authorization_endpoint, prompt_values_supported } = await settings.metadata()
  const transaction = {
    state: mark + random(),
    verifier: random(),
    nonce: random(),
    returnTo: settings.localPath(options.returnTo),
  }
  const { prompt } = options
  const parameters = {
    response_type: 'code',
    client_id: settings.clientId,
    redirect_uri: settings.redirectUri,
    scope: options.scope ?? settings.scope,
    state: transaction.state,
    nonce: transaction.nonce,
    code_challenge: await challengeOf(transaction.verifier),
    code_challenge_method: 'S256',
    resource: settings.resource,
    // A server that knows no `create` shows its sign-in page, which leads to its sign-up.
    prompt: prompt === 'create' && !prompt_values_supported?.includes(prompt) ? undefined : prompt,
    login_hint: options.loginHint,
    max_age: options.maxAge,
    acr_values: options.acrValues,
    ui_locales: options.uiLocales,
  }
  const url = new URL(authorization_endpoint)
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) url.searchParams.set(name, String(value))
  return { transaction, url: url.href }
}

/**
 * The code in an answer whose transaction is known.
 * @throws AuthError `issuer_mismatch`, or the error that the server answers with
 */
export async function readAnswer(settings: Settings, answer: URLSearchParams): Promise<string> {
  const iss = answer.get('iss')
  // RFC 9207 §2.4: compare when present, and refuse an answer without it where the server promises it. Before
  // anything else is believed, the error included: in a mix-up all of it comes from another server.
  const expected = (await settings.metadata()).authorization_response_iss_parameter_supported || iss !== null
  if (expected && iss !== settings.issuer) throw new AuthError('issuer_mismatch')
  const code = answer.get('code')
  if (!code || answer.has('error')) throw new AuthError(answer.get('error'))
  return code
}
