// Whether a client, as it is registered, is one that the rules of this server leave any use for.
import type { Client } from '../clients/client.ts'
import { allows, type Rules } from './rules.ts'

/** @returns why the client is not served here, in words for the log; null for one that is */
export function misfit(
  rules: Rules,
  {
    authentication,
    idTokenAlg,
    userinfoAlg,
    requests,
  }: Pick<Client, 'authentication' | 'idTokenAlg' | 'userinfoAlg' | 'requests'>,
): string | null {
  if (!allows(rules.clientAuthentication, authentication)) return 'its method of authentication'
  if (!allows(rules.signatures, idTokenAlg)) return 'the algorithm of its ID tokens'
  if (userinfoAlg !== null && !allows(rules.signatures, userinfoAlg)) return 'the algorithm of its userinfo'
  const { signingAlg, responseAlg } = requests
  const unusable = [signingAlg, responseAlg].some((alg) => alg !== null && !allows(rules.signatures, alg))
  return unusable ? 'the algorithm of its requests or their answers' : null
}
