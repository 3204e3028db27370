// The answer about a client that registered itself (RFC 7591 §3.2.1, RFC 7592 §3): all that is registered of it, and how it
// looks after itself.
import { formatOpaque } from '@countersign/protocol'
import type { Platform } from '../../platform/platform.ts'
import type { Client } from '../clients/client.ts'
import { printMetadata } from '../clients/metadata/metadata.ts'
import { paths } from '../paths.ts'

/** How the tokens begin by which clients look after themselves. */
export const registrationPrefix = 'csra'

/** A new one, in the clear. */
export function newRegistrationToken({ runtime }: Pick<Platform, 'runtime'>): string {
  return formatOpaque(registrationPrefix, runtime.secret())
}

/** Where a client looks after itself. */
export function registrationAddress({ issuer }: Pick<Platform, 'issuer'>, id: string): string {
  return `${issuer.at(paths.register)}/${encodeURIComponent(id)}`
}

/** @param secret in the clear, when it was made just now; null otherwise */
export function clientInformation(
  platform: Pick<Platform, 'issuer'>,
  client: Client,
  { token, secret }: { readonly token: string; readonly secret: string | null },
): Record<string, unknown> {
  return {
    client_id: client.id,
    client_id_issued_at: client.createdAt,
    // RFC 7591 §3.2.1: “0 if it will not expire”.
    ...(secret !== null && { client_secret: secret, client_secret_expires_at: 0 }),
    registration_access_token: token,
    registration_client_uri: registrationAddress(platform, client.id),
    ...printMetadata(client, 'client'),
  }
}
