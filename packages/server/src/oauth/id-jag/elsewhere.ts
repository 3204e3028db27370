// Where a client may go in people's names without asking them again (draft-ietf-oauth-identity-assertion-authz-grant §4):
// named server by server by an operator, as an enterprise's administrator does. What is not named is refused.
import { checkWebUri } from '@countersign/protocol'
import type { ExtraRow } from '../clients/extras.ts'
import type { ClientFinding } from '../clients/registration.ts'

/** A server elsewhere that lets a client in by our word. */
export interface Elsewhere {
  /** The issuer identifier of that server: the audience of what we say. */
  readonly audience: string
  /** What the client is called there. */
  readonly clientId: string
  /** All that may be asked for there. */
  readonly scopes: readonly string[]
  /** All that it may be asked for at. */
  readonly resources: readonly string[]
  /** The client here under whose names for people that server knows them; null for the names of the client itself. */
  readonly namesOf: string | null
  /** Whether that server is told the person's e-mail address. */
  readonly email: boolean
}

/** `elsewhere`: nowhere, unless an operator says so. */
export const elsewhere: ExtraRow<readonly Elsewhere[]> = {
  usual: [],
  check: (list, { authentication }, { issuer }) => {
    const findings: ClientFinding[] = []
    const find = (index: number, code: string, message: string): void => {
      findings.push({ path: `elsewhere.${index}`, code, message })
    }
    // Whoever has come by somebody's ID token must not get further with it by naming a client.
    if (list.length > 0 && authentication === 'none')
      findings.push({
        path: 'elsewhere',
        code: 'public',
        message: 'is for clients that authenticate themselves',
      })
    for (const [index, { audience, clientId, scopes, resources }] of list.entries()) {
      if (checkWebUri(audience) !== null) find(index, 'not_a_uri', 'must name the issuer of a server')
      if (audience === issuer.url) find(index, 'own', 'is this server itself')
      if (list.findIndex((other) => other.audience === audience) !== index)
        find(index, 'repeated', 'is listed twice')
      if (clientId === '') find(index, 'missing', 'must say what the client is called there')
      if (!scopes.every((scope) => /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/.test(scope)))
        find(index, 'scope', 'holds something that is not a scope of RFC 6749 §3.3')
      if (!resources.every((uri) => /^[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x22\x24-\x7e]+$/.test(uri)))
        find(index, 'resource', 'holds something that is not an absolute URI')
    }
    return findings
  },
}
