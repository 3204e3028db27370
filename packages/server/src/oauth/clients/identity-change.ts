// When a client became another one: what people agreed to before is asked about anew. That happens to clients that describe
// themselves; what an operator changes, an operator vouches for.
import type { Client } from './client.ts'
import type { ExtraRow } from './extras.ts'

/** `identityChangedAt`: never, unless it happened. Nobody describes it. */
export const identityChangedAt: ExtraRow<number> = { usual: 0 }

/** Whether it shows another face, sends people elsewhere or proves itself in another way than before. */
export function isAnother(before: Client, after: Client): boolean {
  const face = ({ name, redirectUris, authentication, jwks, jwksUri, logoUri }: Client): string =>
    JSON.stringify([name, redirectUris, authentication, jwks, jwksUri, logoUri])
  return face(before) !== face(after)
}
