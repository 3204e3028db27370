// The kinds of token that a person can name on the command line.
import { type AddressedKind, type TokenKind, tokenKinds } from '@countersign/protocol'

/** Those that name who made them and whom they are for: all but the DPoP proof. */
export const addressedKinds = (Object.keys(tokenKinds) as TokenKind[]).filter(
  (name): name is AddressedKind => name !== 'dpop',
)
