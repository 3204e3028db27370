// The grants, as one table: ways to tokens (RFC 6749 §1.3). A grant reads and decides; it writes nothing. The table
// is what metadata advertises; a new grant is a new row.
import {
  cibaGrant,
  deviceGrant,
  type GrantType,
  jwtBearerGrant,
  type TokenRequest,
  tokenExchange,
} from '@countersign/protocol'
import type { Authorization, Denial, Statement } from '../authorization.ts'
import type { Confirmation } from '../binding/confirmation.ts'
import { authorizeByCiba } from '../ciba/ciba-grant.ts'
import type { AuthenticatedClient } from '../clients/authenticate.ts'
import { authorizeByDeviceCode } from '../device/device-grant.ts'
import { authorizeByExchange } from '../exchange/exchange.ts'
import { authorizeByAssertion } from '../jwt-bearer/jwt-bearer-grant.ts'
import type { OAuthRoom } from '../room.ts'
import { authorizeByCode } from './authorization-code.ts'
import { authorizeClient } from './client-credentials.ts'
import { authorizeByRefreshToken } from './refresh-token.ts'

/**
 * Decides a token request of one type.
 *
 * @param confirmation what the request's access token will be bound to: a proof of it was seen
 * @returns an Authorization, a Statement where the answer is no token of ours, or a Denial where refusing must change something
 * @throws OAuthError where refusing changes nothing
 */
export type Grant<K extends GrantType> = (
  room: OAuthRoom,
  request: Extract<TokenRequest, { readonly grantType: K }>,
  client: AuthenticatedClient,
  confirmation: Confirmation,
) => Promise<Authorization | Statement | Denial>

/** Every grant that there is; metadata is derived from it. */
export const grants: { readonly [K in GrantType]: Grant<K> } = {
  authorization_code: authorizeByCode,
  refresh_token: authorizeByRefreshToken,
  client_credentials: authorizeClient,
  [deviceGrant]: authorizeByDeviceCode,
  [cibaGrant]: authorizeByCiba,
  [tokenExchange]: authorizeByExchange,
  [jwtBearerGrant]: authorizeByAssertion,
}
