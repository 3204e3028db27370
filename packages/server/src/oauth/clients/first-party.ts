// Clients of the house: those that belong to whoever runs this server, as an operator says of them.
import type { ExtraRow } from './extras.ts'

/** `firstParty`: no client is one unless an operator says so. */
export const firstParty: ExtraRow<boolean> = {
  usual: false,
  check: (value) =>
    typeof value === 'boolean'
      ? []
      : [{ path: 'firstParty', code: 'type', message: 'must be true or false' }],
}
