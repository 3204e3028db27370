// What the metadata say of CIBA (§4).
import { asymmetricAlgorithms, cibaGrant } from '@countersign/protocol'
import { among, type Rules } from '../profiles/rules.ts'
import { deliveryModes } from './members.ts'

/** The members beside `backchannel_authentication_endpoint`; none where there is no such grant. */
export function cibaMetadata({ withoutGrants, signatures }: Pick<Rules, 'withoutGrants' | 'signatures'>) {
  if (withoutGrants.includes(cibaGrant)) return {}
  return {
    backchannel_token_delivery_modes_supported: deliveryModes,
    backchannel_authentication_request_signing_alg_values_supported: among(signatures, asymmetricAlgorithms),
    backchannel_user_code_parameter_supported: false,
  }
}
