// Mode `database`: every token of every request is put before the issuer (RFC 7662), so that a revoked one is refused
// by the very next request. Nothing is kept between two requests, and what the issuer did not say is never assumed.
import { isJsonObject, maximumTokenLength, parseOpaque } from '@countersign/protocol'
import { basicAuthorization } from './basic.ts'
import { fetchJson, fetchText } from './bounded-fetch.ts'
import { isEncrypted } from './decryption.ts'
import { createDiscovery } from './discovery.ts'
import type { KeysFrom } from './keys.ts'
import { readPrincipal } from './principal.ts'
import type { VerifierSettings } from './settings.ts'
import { createAnswerReader, signedAnswerType } from './signed-answers.ts'
import { type CheckToken, invalidToken, unavailable, type Verification } from './verification.ts'

export interface IntrospectionClient {
  readonly clientId: string
  readonly clientSecret: string
  /** Where the keys are that answers have to be signed with; left out where they need not be signed. */
  readonly signedBy?: { readonly keys: KeysFrom | undefined }
}

export function databaseCheck(settings: VerifierSettings, client: IntrospectionClient): CheckToken {
  const discovery = createDiscovery(settings)
  const authorization = basicAuthorization(client.clientId, client.clientSecret)
  const { clientId, signedBy } = client
  const read = signedBy === undefined ? null : createAnswerReader(settings, { clientId, keys: signedBy.keys })

  async function told(answer: unknown): Promise<Verification> {
    if (read === null) return readAnswer(answer, settings)
    const signed = await read(String(answer))
    return signed.ok ? readAnswer(signed.answer, settings) : unavailable(`introspection: ${signed.detail}`)
  }

  async function introspect(token: string): Promise<Verification> {
    const endpoint = await discovery.find('introspection_endpoint')
    if (!endpoint.ok) return unavailable(endpoint.detail)
    const init = {
      method: 'POST',
      headers: {
        authorization,
        accept: read === null ? 'application/json' : signedAnswerType,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ token, token_type_hint: 'access_token' }).toString(),
    }
    const answer =
      read === null
        ? await fetchJson(endpoint.url, init, settings)
        : await fetchText(endpoint.url, init, { ...settings, type: signedAnswerType })
    if (answer.ok) return told(answer.value)
    discovery.forget()
    return unavailable(
      answer.status === 401
        ? "introspection: the issuer refuses this API's clientId and clientSecret"
        : `introspection: ${answer.detail}`,
    )
  }

  return (token) => {
    // An encrypted token, which the issuer opens, holds a whole signed one.
    const longest = isEncrypted(token) ? 2 * maximumTokenLength : maximumTokenLength
    if (token.length > longest) return invalidToken('the token is refused: too_large')
    // The checksum tells a mistyped token from a real one without asking.
    if (isMistyped(token)) {
      return invalidToken('the token is refused: malformed')
    }
    return introspect(token)
  }
}

/** Opaque tokens and API keys, by their prefixes. */
function isMistyped(token: string): boolean {
  return ['csat', 'csak'].some(
    (prefix) => token.startsWith(`${prefix}_`) && parseOpaque(prefix, token) === null,
  )
}

function readAnswer(answer: unknown, settings: VerifierSettings): Verification {
  if (!isJsonObject(answer) || typeof answer['active'] !== 'boolean') {
    return unavailable('introspection: an answer without a boolean "active"')
  }
  if (!answer['active']) return invalidToken('the issuer says that the token is not active')
  const { iss, aud, exp, nbf } = answer
  if (iss !== undefined && iss !== settings.issuer) return invalidToken('the token is of another issuer')
  if (!isExactly(aud, settings.audience))
    return invalidToken('the token is not for this audience, or for others too')
  const now = settings.now()
  if (exp !== undefined && !(typeof exp === 'number' && now < exp + settings.clockSkew)) {
    return invalidToken('the token has ended')
  }
  if (nbf !== undefined && !(typeof nbf === 'number' && now >= nbf - settings.clockSkew)) {
    return invalidToken('the token has not begun')
  }
  const read = readPrincipal(answer)
  if (!read.ok) return invalidToken(read.detail)
  // RFC 9449 §6.2: an issuer that binds a token says to which key.
  const isBound = typeof answer['token_type'] === 'string' && answer['token_type'].toLowerCase() === 'dpop'
  return isBound && read.boundTo?.kind !== 'jkt' ? invalidToken('the token is bound, but to no key') : read
}

function isExactly(aud: unknown, audience: string): boolean {
  return aud === audience || (Array.isArray(aud) && aud.length === 1 && aud[0] === audience)
}
