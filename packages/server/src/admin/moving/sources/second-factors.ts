// Authenticator applications and passkeys as the systems before wrote them down, each system's in a function of its own.
import { base32, base32Bytes } from '../../../accounts/factors/base32.ts'
import { type MovedPasskey, type MovedTotp, movedPasskey, movedTotp } from '../records.ts'
import { listIn, listOf, membersIn, momentIn, textIn, truthIn } from './values.ts'

type Row = Readonly<Record<string, unknown>>

const algorithms: Readonly<Record<string, MovedTotp['algorithm']>> = {
  SHA1: 'SHA-1',
  HMACSHA1: 'SHA-1',
  SHA256: 'SHA-256',
  HMACSHA256: 'SHA-256',
  SHA512: 'SHA-512',
  HMACSHA512: 'SHA-512',
}

/** Base32 in either case, with spaces, with padding or without, as one that is kept; null for anything else. */
function tidyBase32(text: string | null): string | null {
  const bytes = base32Bytes((text ?? '').replace(/[\s-]/g, ''))
  return bytes === null || bytes.length === 0 ? null : base32(bytes)
}

function whole(value: unknown, usual: number): number {
  const number = Number(textIn(value) ?? usual)
  return Number.isSafeInteger(number) ? number : usual
}

/** A secret in Base32 that makes codes of the usual shape. */
export function usualTotp(secret: string | null): MovedTotp | null {
  const tidy = tidyBase32(secret)
  return tidy === null ? null : movedTotp({ secret: tidy })
}

/** What `mfa_authenticator` of allauth and `dj_rest_auth_mfa_authenticator` keep: the latter signs it, behind a colon. */
export function djangoMfaTotp(kept: Row): MovedTotp | null {
  return usualTotp(textIn(kept['secret'])?.split(':', 1)[0] ?? null)
}

/** A secret whose own letters are the key. */
export function totpOfLetters(secret: string): MovedTotp | null {
  return movedTotp({ secret: base32(Buffer.from(secret)) })
}

/** `otp_totp_totpdevice` of django-otp: the key in hex. Steps that are not counted from 1970 are none of RFC 6238's. */
export function djangoOtp(row: Row): MovedTotp | null {
  const key = textIn(row['key']) ?? ''
  if (!/^(?:[0-9a-f]{2})+$/i.test(key) || whole(row['t0'], 0) !== 0) return null
  return movedTotp({
    secret: base32(Buffer.from(key, 'hex')),
    digits: whole(row['digits'], 6),
    period: whole(row['step'], 30),
    lastStep: Math.max(0, whole(row['last_t'], 0)),
  })
}

/** A credential of type `otp` of Keycloak: the letters of its value are the key, unless it says otherwise. */
export function keycloakOtp(credential: Row): MovedTotp | null {
  const { value } = membersIn(credential['secretData'])
  const how = membersIn(credential['credentialData'])
  const secret = textIn(value)
  if (secret === null || (textIn(how['subType']) ?? 'totp') !== 'totp') return null
  const isBase32 = textIn(how['secretEncoding'])?.toUpperCase() === 'BASE32'
  const tidy = isBase32 ? tidyBase32(secret) : base32(Buffer.from(secret))
  const algorithm = algorithms[(textIn(how['algorithm']) ?? 'HmacSHA1').toUpperCase()]
  if (tidy === null || algorithm === undefined) return null
  return movedTotp({
    secret: tidy,
    algorithm,
    digits: whole(how['digits'], 6),
    period: whole(how['period'], 30),
  })
}

/** Bytes in either alphabet of base64, or a buffer, as base64url without padding. */
function base64urlOf(value: unknown): string | null {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64url')
  const text = textIn(value)
  if (text === null || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return null
  return Buffer.from(text.replaceAll('-', '+').replaceAll('_', '/'), 'base64').toString('base64url')
}

interface PasskeyParts {
  readonly credentialId: unknown
  readonly publicKey: unknown
  readonly signCount?: unknown
  readonly transports?: readonly string[]
  readonly eligible?: boolean | null
  readonly backedUp?: boolean | null
  readonly verified?: boolean
  readonly name?: string | null
  readonly createdAt?: unknown
  readonly lastUsedAt?: unknown
}

function passkeyOf(parts: PasskeyParts): MovedPasskey | null {
  const [credentialId, publicKey] = [base64urlOf(parts.credentialId), base64urlOf(parts.publicKey)]
  if (credentialId === null || publicKey === null) return null
  return movedPasskey({
    credentialId,
    publicKey,
    signCount: Math.max(0, whole(parts.signCount, 0)),
    transports: (parts.transports ?? []).filter((name) => /^[a-z-]{1,32}$/.test(name)).slice(0, 16),
    backupEligible: parts.eligible ?? null,
    backedUp: parts.backedUp ?? null,
    userVerified: parts.verified ?? false,
    name: (parts.name ?? '').slice(0, 200),
    createdAt: momentIn(parts.createdAt),
    lastUsedAt: momentIn(parts.lastUsedAt),
  })
}

/** A credential of type `webauthn` or `webauthn-passwordless` of Keycloak. */
export function keycloakPasskey(credential: Row): MovedPasskey | null {
  const told = membersIn(credential['credentialData'])
  return passkeyOf({
    credentialId: told['credentialId'],
    publicKey: told['credentialPublicKey'],
    signCount: told['counter'],
    transports: listIn(told['transports']).flatMap((name) => textIn(name)?.toLowerCase() ?? []),
    name: textIn(credential['userLabel']),
    createdAt: credential['createdDate'],
  })
}

/** `django_otp_webauthn_webauthncredential` of django-otp-webauthn. */
export function djangoOtpPasskey(row: Row): MovedPasskey | null {
  return passkeyOf({
    credentialId: row['credential_id'],
    publicKey: row['public_key'],
    signCount: row['sign_count'],
    transports: listIn(row['transports']).flatMap((name) => textIn(name) ?? []),
    eligible: 'backup_eligible' in row ? truthIn(row['backup_eligible']) : null,
    backedUp: 'backup_state' in row ? truthIn(row['backup_state']) : null,
    name: textIn(row['name']),
    createdAt: row['created_at'],
    lastUsedAt: row['last_used_at'],
  })
}

/** `passkey` of Better Auth. */
export function betterAuthPasskey(row: Row): MovedPasskey | null {
  const kind = textIn(row['deviceType'] ?? row['device_type'])
  return passkeyOf({
    credentialId: row['credentialID'] ?? row['credential_id'],
    publicKey: row['publicKey'] ?? row['public_key'],
    signCount: row['counter'],
    transports: listOf(row['transports']),
    eligible: kind === null ? null : kind === 'multiDevice',
    backedUp: truthIn(row['backedUp'] ?? row['backed_up']),
    name: textIn(row['name']),
    createdAt: row['createdAt'] ?? row['created_at'],
  })
}

/** `Authenticator` of Auth.js. */
export function authJsPasskey(row: Row): MovedPasskey | null {
  const kind = textIn(row['credentialDeviceType'] ?? row['credential_device_type'])
  return passkeyOf({
    credentialId: row['credentialID'] ?? row['credential_id'],
    publicKey: row['credentialPublicKey'] ?? row['credential_public_key'],
    signCount: row['counter'],
    transports: listOf(row['transports']),
    eligible: kind === null ? null : kind === 'multiDevice',
    backedUp: truthIn(row['credentialBackedUp'] ?? row['credential_backed_up']),
  })
}

/** `web_authn_credential` of a factor of Supabase, as its library for Go writes it. */
export function supabasePasskey(factor: Row): MovedPasskey | null {
  const lower = (value: unknown): Row =>
    Object.fromEntries(Object.entries(membersIn(value)).map(([name, one]) => [name.toLowerCase(), one]))
  const told = lower(factor['web_authn_credential'])
  const [flags, authenticator] = [lower(told['flags']), lower(told['authenticator'])]
  return passkeyOf({
    credentialId: told['id'],
    publicKey: told['publickey'],
    signCount: authenticator['signcount'],
    transports: listIn(told['transport']).flatMap((name) => textIn(name) ?? []),
    eligible: 'backupeligible' in flags ? truthIn(flags['backupeligible']) : null,
    backedUp: 'backupstate' in flags ? truthIn(flags['backupstate']) : null,
    verified: truthIn(flags['userverified']),
    name: textIn(factor['friendly_name']),
    createdAt: factor['created_at'],
  })
}

/** What a browser answered when the passkey was made, which is all that allauth keeps. */
export async function registeredPasskey(credential: Row, row: Row): Promise<MovedPasskey | null> {
  const response = membersIn(credential['response'])
  const attestation = base64urlOf(response['attestationObject'])
  if (attestation === null) return null
  const { decodeAttestationObject, parseAuthenticatorData } = await import('@simplewebauthn/server/helpers')
  try {
    const object = decodeAttestationObject(new Uint8Array(Buffer.from(attestation, 'base64url')))
    const told = parseAuthenticatorData(object.get('authData'))
    return passkeyOf({
      credentialId: told.credentialID,
      publicKey: told.credentialPublicKey,
      signCount: told.counter,
      transports: listIn(response['transports']).flatMap((name) => textIn(name) ?? []),
      eligible: told.flags.be,
      backedUp: told.flags.bs,
      verified: told.flags.uv,
      name: textIn(membersIn(row['data'])['name']),
      createdAt: row['created_at'],
      lastUsedAt: row['last_used_at'],
    })
  } catch {
    // Its decoder has no other way to say that this is none.
    return null
  }
}
