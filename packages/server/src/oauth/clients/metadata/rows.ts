// The one table between client metadata on the wire (RFC 7591 §2, OpenID Connect Dynamic Registration 1.0 §2, and the
// specifications that add to them) and a client as it is described here. A new member is a row.
import type { GrantType, JwsAlgorithm } from '@countersign/protocol'
import type { ContentEncryption, KeyManagementAlgorithm } from '@countersign/protocol/jwe'
import type { SigningAlgorithm } from '../../../platform/keys/keyring.ts'
import { certificateRows } from '../../binding/certificate-metadata.ts'
import { cibaRow } from '../../ciba/metadata-row.ts'
import type { SignOutChannel } from '../../sign-out/channels.ts'
import type { Encryption } from '../../tokens/encryption.ts'
import type { ApplicationType } from '../about.ts'
import { flag, object, present, type Reading, spaced, text, texts, whole } from './reading.ts'
import { type MetadataRow, member } from './row.ts'

/**
 * RFC 7591 §2: “If omitted, the default is that the client will use only the "code" response type”, and of the grants
 * “authorization_code”. There is no other response type here, so it follows from the grants.
 */
const grants: MetadataRow = {
  names: { grant_types: 'grants', response_types: 'grants' },
  parse: (given) => {
    const types = given.get('response_types', onlyCode)
    const named = given.get('grant_types', texts<GrantType>())
    // §2.1: a server “SHOULD take steps to ensure that a client cannot register itself into an inconsistent state”.
    if (
      types !== undefined &&
      named !== undefined &&
      types.includes('code') !== named.includes('authorization_code')
    )
      given.find({
        path: 'response_types',
        code: 'inconsistent',
        message: 'must hold code with authorization_code, and only then',
      })
    return { grants: named ?? (types?.length === 0 ? [] : ['authorization_code']) }
  },
  print: (client) => ({
    grant_types: client.grants,
    response_types: client.grants.includes('authorization_code') ? ['code'] : [],
  }),
}

const onlyCode: Reading<readonly 'code'[]> = {
  must: 'may hold code only',
  read: (value) => {
    const types = texts<'code'>().read(value)
    return types?.every((type) => type === 'code') === true ? types : undefined
  },
}

const redirectUris: MetadataRow = member('redirect_uris', 'redirectUris', texts())

/** What people read. A name of nobody's language stands for those in languages: pages here speak one language. */
const name: MetadataRow = {
  names: { client_name: 'name' },
  parse: (given) => {
    const tagged = given.names.filter((wire) => wire.startsWith('client_name#'))
    const best = tagged.find((wire) => /^client_name#en(?:-|$)/i.test(wire)) ?? tagged[0]
    const localized = best === undefined ? undefined : given.get(best, text())
    return {
      name: given.get('client_name', text()) ?? localized ?? addressName(given.get('redirect_uris', texts())),
    }
  },
  print: (client) => ({ client_name: client.name }),
}

/** RFC 7591 §2: a client that names no name is shown by what is known of it: where its answers go. */
function addressName(redirectUris: readonly string[] | undefined): string {
  const first = redirectUris?.[0] ?? ''
  const address = URL.canParse(first) ? new URL(first) : null
  return (address?.host || address?.protocol.slice(0, -1) || 'An application').slice(0, 100)
}

/** OpenID Connect Dynamic Registration §2: “The default, if omitted, is RS256.” */
const idTokenAlg: MetadataRow = {
  names: { id_token_signed_response_alg: 'idTokenAlg' },
  parse: (given) => ({
    idTokenAlg: given.get('id_token_signed_response_alg', text<SigningAlgorithm>()) ?? 'RS256',
  }),
  print: (client) => ({ id_token_signed_response_alg: client.idTokenAlg }),
}

const idTokenEncryption: MetadataRow = encryptionRow('id_token_encrypted_response', 'idTokenEncryption')

/** The pair `<wire>_alg`, `<wire>_enc` (OpenID Connect Dynamic Registration §2): without the second, A128CBC-HS256. */
function encryptionRow(
  wire: string,
  name: 'idTokenEncryption' | 'userinfoEncryption' | 'introspectionEncryption' | 'responseEncryption',
): MetadataRow {
  return {
    names: { [`${wire}_alg`]: name, [`${wire}_enc`]: name },
    parse: (given) => {
      const alg = given.get(`${wire}_alg`, text<KeyManagementAlgorithm>())
      const enc = given.get(`${wire}_enc`, text<ContentEncryption>())
      if (alg === undefined && enc === undefined) return {}
      // “When id_token_encrypted_response_enc is included, id_token_encrypted_response_alg MUST also be provided.”
      const encryption = { alg: alg ?? '', enc: enc ?? 'A128CBC-HS256' } as Encryption
      return { [name]: encryption }
    },
    print: (client) => {
      const encryption = client[name]
      return encryption === null ? {} : { [`${wire}_alg`]: encryption.alg, [`${wire}_enc`]: encryption.enc }
    },
  }
}

/** RFC 9126 §6, RFC 9101 §10.5, OpenID Connect Dynamic Registration §2, JARM §3. */
const requests: MetadataRow = {
  names: {
    require_pushed_authorization_requests: 'requests.mustPush',
    require_signed_request_object: 'requests.mustSign',
    request_object_signing_alg: 'requests.signingAlg',
    authorization_signed_response_alg: 'requests.responseAlg',
  },
  parse: (given) => {
    const rules = present({
      mustPush: given.get('require_pushed_authorization_requests', flag) || undefined,
      mustSign: given.get('require_signed_request_object', flag) || undefined,
      signingAlg: given.get('request_object_signing_alg', text<JwsAlgorithm>()),
      responseAlg: given.get('authorization_signed_response_alg', text<SigningAlgorithm>()),
    })
    return Object.keys(rules).length === 0 ? {} : { requests: rules }
  },
  print: ({ requests: { mustPush, mustSign, signingAlg, responseAlg } }) => ({
    require_pushed_authorization_requests: mustPush,
    require_signed_request_object: mustSign,
    ...(signingAlg !== null && { request_object_signing_alg: signingAlg }),
    ...(responseAlg !== null && { authorization_signed_response_alg: responseAlg }),
  }),
}

/** OpenID Connect Back-Channel Logout 1.0 §2.2, Front-Channel Logout 1.0 §2. */
const signOut: MetadataRow = {
  names: {
    backchannel_logout_uri: 'signOut.backChannel',
    backchannel_logout_session_required: 'signOut.backChannel',
    frontchannel_logout_uri: 'signOut.frontChannel',
    frontchannel_logout_session_required: 'signOut.frontChannel',
  },
  parse: (given) => {
    const channel = (way: string): SignOutChannel | undefined => {
      const uri = given.get(`${way}_logout_uri`, text())
      const sessionRequired = given.get(`${way}_logout_session_required`, flag) ?? false
      return uri === undefined ? undefined : { uri, sessionRequired }
    }
    const channels = present({ backChannel: channel('backchannel'), frontChannel: channel('frontchannel') })
    return Object.keys(channels).length === 0 ? {} : { signOut: channels }
  },
  print: ({ signOut: channels }) => {
    const printed = (way: string, channel: SignOutChannel | null | undefined) =>
      channel && {
        [`${way}_logout_uri`]: channel.uri,
        [`${way}_logout_session_required`]: channel.sessionRequired,
      }
    return {
      ...printed('backchannel', channels?.backChannel),
      ...printed('frontchannel', channels?.frontChannel),
    }
  },
}

/** RFC 7591 names no such member; Dynamic Registration §2 does: what is not said follows from the redirect URIs. */
const applicationType: MetadataRow = {
  names: { application_type: 'applicationType' },
  parse: (given) => {
    const named = given.get('application_type', text<ApplicationType>())
    return { applicationType: named ?? typeBy(given.get('redirect_uris', texts())) }
  },
  print: ({ applicationType: type, redirectUris: uris }) => ({
    application_type: type === 'web' ? typeBy(uris) : type,
  }),
}

function typeBy(redirectUris: readonly string[] = []): ApplicationType {
  return redirectUris.every((uri) => /^https?:/i.test(uri)) ? 'web' : 'native'
}

const jwks: MetadataRow = {
  names: { jwks: 'jwks' },
  parse: (given) => present({ jwks: given.get('jwks', object()) }),
  print: (client) => (client.jwks === null ? {} : { jwks: client.jwks }),
}

const scopes: MetadataRow = {
  names: { scope: 'scopes' },
  parse: (given) => present({ scopes: given.get('scope', spaced) }),
  print: (client) => ({ scope: client.scopes.join(' ') }),
}

/** What a client may say of itself, in the order in which it is printed. */
export const rows: readonly MetadataRow[] = [
  name,
  applicationType,
  member('token_endpoint_auth_method', 'authentication', text()),
  member('token_endpoint_auth_signing_alg', 'assertionAlg', text()),
  redirectUris,
  grants,
  scopes,
  member('post_logout_redirect_uris', 'postLogoutRedirectUris', texts()),
  jwks,
  member('jwks_uri', 'jwksUri', text()),
  idTokenAlg,
  idTokenEncryption,
  member('userinfo_signed_response_alg', 'userinfoAlg', text()),
  encryptionRow('userinfo_encrypted_response', 'userinfoEncryption'),
  // RFC 9701 §6
  member('introspection_signed_response_alg', 'introspectionAlg', text()),
  encryptionRow('introspection_encrypted_response', 'introspectionEncryption'),
  // JARM §3
  encryptionRow('authorization_encrypted_response', 'responseEncryption'),
  // OpenID Connect Dynamic Registration §2
  member('subject_type', 'subjectType', text()),
  member('sector_identifier_uri', 'sectorIdentifierUri', text()),
  // RFC 9396 §10
  member('authorization_details_types', 'detailsTypes', texts()),
  // RFC 9449 §5.2
  member('dpop_bound_access_tokens', 'dpopBoundAccessTokens', flag),
  ...certificateRows,
  requests,
  cibaRow,
  signOut,
  // OpenID Connect Dynamic Registration §2
  member('request_uris', 'requestUris', texts()),
  member('initiate_login_uri', 'initiateLoginUri', text()),
  member('default_max_age', 'defaultMaxAge', whole),
  member('require_auth_time', 'requireAuthTime', flag),
  member('default_acr_values', 'defaultAcrValues', texts()),
  member('client_uri', 'homeUri', text()),
  member('contacts', 'contacts', texts()),
  member('software_id', 'softwareId', text()),
  member('software_version', 'softwareVersion', text()),
  member('logo_uri', 'logoUri', text()),
  member('policy_uri', 'policyUri', text()),
  member('tos_uri', 'tosUri', text()),
]
