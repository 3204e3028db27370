// How a command says how a client has to make its authorization requests: the options, and what they come to.
import type { JwsAlgorithm } from '@countersign/protocol'
import type { Command } from 'commander'
import type { Client } from '../../oauth/clients/client.ts'
import type { RequestRules } from '../../oauth/clients/request-rules.ts'
import type { SigningAlgorithm } from '../../platform/keys/keyring.ts'

/** As commander gives them. */
export interface RequestRuleOptions {
  readonly requirePushedAuthorizationRequests?: true
  readonly requireSignedRequestObject?: true
  readonly requestObjectSigningAlg?: string
  readonly authorizationSignedResponseAlg?: string
}

/** Adds the options to a command. */
export function withRequestRuleOptions(command: Command): Command {
  return command
    .option('--require-pushed-authorization-requests', 'only requests that it pushed (PAR)')
    .option('--require-signed-request-object', 'only requests that it signed with a key of --jwks (JAR)')
    .option('--request-object-signing-alg <alg>', 'the algorithm that it signs them with, such as ES256')
    .option('--authorization-signed-response-alg <alg>', 'the algorithm of signed answers (JARM)')
}

/** The rules that are named; undefined where nothing is said of any. */
export function rulesGiven(options: RequestRuleOptions): Partial<RequestRules> | undefined {
  const {
    requirePushedAuthorizationRequests: mustPush,
    requireSignedRequestObject: mustSign,
    requestObjectSigningAlg: signingAlg,
    authorizationSignedResponseAlg: responseAlg,
  } = options
  const rules = {
    ...(mustPush !== undefined && { mustPush }),
    ...(mustSign !== undefined && { mustSign }),
    // Registration says which there are.
    ...(signingAlg !== undefined && { signingAlg: signingAlg as JwsAlgorithm }),
    ...(responseAlg !== undefined && { responseAlg: responseAlg as SigningAlgorithm }),
  }
  return Object.keys(rules).length === 0 ? undefined : rules
}

/** The rules of a client as they are shown. */
export function rulesShown({ requests }: Pick<Client, 'requests'>): Record<string, string | boolean | null> {
  return {
    requirePushedAuthorizationRequests: requests.mustPush,
    requireSignedRequestObject: requests.mustSign,
    requestObjectSigningAlg: requests.signingAlg,
    authorizationSignedResponseAlg: requests.responseAlg,
  }
}
