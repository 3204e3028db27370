// What a browser's script sends of a passkey: the JSON of `PublicKeyCredential.toJSON()` (WebAuthn Level 3 §5.1). It is
// read strictly, and only what is looked at later is kept: everything in it comes from the network.
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'

/** A new credential, as it was sent. */
export type SentCreation = RegistrationResponseJSON
/** A signature, as it was sent. */
export type SentAssertion = AuthenticationResponseJSON

/** Longest JSON text that is read; those of browsers are below 4 KiB. */
const longestText = 32_768
/** §7.1: a credential id has at most 1023 bytes. */
const longestId = Math.ceil((1023 * 4) / 3)
const mostTransports = 10

/** A new credential out of a form's field; null when it isn't one. */
export function readCreation(text: string): SentCreation | null {
  const sent = readCredential(text)
  if (sent === null) return null
  const { id, response } = sent
  const clientDataJSON = bytesOf(response['clientDataJSON'])
  const attestationObject = bytesOf(response['attestationObject'])
  if (clientDataJSON === null || attestationObject === null) return null
  return {
    id,
    rawId: id,
    type: 'public-key',
    clientExtensionResults: {},
    response: { clientDataJSON, attestationObject, transports: transportsOf(response['transports']) },
  }
}

/** A signature out of a form's field; null when it isn't one. */
export function readAssertion(text: string): SentAssertion | null {
  const sent = readCredential(text)
  if (sent === null) return null
  const { id, response } = sent
  const clientDataJSON = bytesOf(response['clientDataJSON'])
  const authenticatorData = bytesOf(response['authenticatorData'])
  const signature = bytesOf(response['signature'])
  if (clientDataJSON === null || authenticatorData === null || signature === null) return null
  const told = response['userHandle']
  // Browsers say null, or nothing, where an authenticator didn't tell whose it is.
  const userHandle = told === undefined || told === null || told === '' ? undefined : bytesOf(told)
  if (userHandle === null) return null
  return {
    id,
    rawId: id,
    type: 'public-key',
    clientExtensionResults: {},
    response: {
      clientDataJSON,
      authenticatorData,
      signature,
      ...(userHandle === undefined ? {} : { userHandle }),
    },
  }
}

/** The names of transports that we have heard of the form of, each once. */
export function transportsOf(value: unknown): string[] {
  if (!Array.isArray(value)) return []
  const names = value.filter(
    (name): name is string => typeof name === 'string' && /^[a-z-]{1,32}$/.test(name),
  )
  return [...new Set(names)].slice(0, mostTransports)
}

/**
 * Whether the browser says that all happened on a page of its own, not in a frame of somebody else's (§5.8.1
 * `crossOrigin`, `topOrigin`): ours are never framed.
 */
export function isOnOwnPage(clientDataJSON: string): boolean {
  const clientData = parseObject(Buffer.from(clientDataJSON, 'base64url').toString('utf8'))
  const { crossOrigin = false, topOrigin } = clientData ?? { crossOrigin: true }
  return crossOrigin === false && topOrigin === undefined
}

function readCredential(text: string): { id: string; response: Record<string, unknown> } | null {
  if (text.length > longestText) return null
  const credential = parseObject(text)
  const id = bytesOf(credential?.['id'])
  const response = objectOf(credential?.['response'])
  if (credential === null || id === null || id.length > longestId || response === null) return null
  if (credential['rawId'] !== id || credential['type'] !== 'public-key') return null
  return { id, response }
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    return objectOf(JSON.parse(text))
  } catch {
    return null
  }
}

function objectOf(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null
}

/** Base64url without padding, in its one spelling: two spellings of an id would be two ids. */
function bytesOf(value: unknown): string | null {
  if (typeof value !== 'string' || !/^[A-Za-z0-9_-]+$/.test(value)) return null
  return Buffer.from(value, 'base64url').toString('base64url') === value ? value : null
}
