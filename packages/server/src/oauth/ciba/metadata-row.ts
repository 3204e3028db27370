// The names by which a client registers what CIBA §4 has it say.
import { cibaGrant, type JwsAlgorithm } from '@countersign/protocol'
import { present, text } from '../clients/metadata/reading.ts'
import type { MetadataRow } from '../clients/metadata/row.ts'
import type { DeliveryMode } from './members.ts'

/** `ciba`, name by name; said of the clients that have the grant. */
export const cibaRow: MetadataRow = {
  names: {
    backchannel_token_delivery_mode: 'ciba.mode',
    backchannel_client_notification_endpoint: 'ciba.notificationEndpoint',
    backchannel_authentication_request_signing_alg: 'ciba.signingAlg',
  },
  parse: (given) => {
    const said = present({
      mode: given.get('backchannel_token_delivery_mode', text<DeliveryMode>()),
      notificationEndpoint: given.get('backchannel_client_notification_endpoint', text()),
      signingAlg: given.get('backchannel_authentication_request_signing_alg', text<JwsAlgorithm>()),
    })
    if (Object.keys(said).length === 0) return {}
    return { ciba: { mode: 'poll', notificationEndpoint: null, signingAlg: null, ...said } }
  },
  print: ({ grants, ciba: { mode, notificationEndpoint, signingAlg } }) => {
    if (!grants.includes(cibaGrant)) return {}
    return {
      backchannel_token_delivery_mode: mode,
      ...(notificationEndpoint !== null && {
        backchannel_client_notification_endpoint: notificationEndpoint,
      }),
      ...(signingAlg !== null && { backchannel_authentication_request_signing_alg: signingAlg }),
      backchannel_user_code_parameter: false,
    }
  },
}
