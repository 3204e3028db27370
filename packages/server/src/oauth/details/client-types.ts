// `authorization_details_types` (RFC 9396 §10): which types of details a client may ask for. None, unless it is said.
import type { ExtraRow } from '../clients/extras.ts'

/** `detailsTypes`: names of types that APIs declare, perhaps later. */
export const detailsTypes: ExtraRow<readonly string[]> = {
  usual: [],
  check: (value) =>
    Array.isArray(value) &&
    value.length <= 100 &&
    value.every((type) => typeof type === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/.test(type)) &&
    new Set(value).size === value.length
      ? []
      : [{ path: 'detailsTypes', code: 'type', message: 'must be a list of names of types, each once' }],
}
