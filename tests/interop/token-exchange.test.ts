// Token exchange (RFC 8693), asked of this server by `oauth4webapi` as it comes from npm, on both engines; with
// `openid-client` it is in the journey of an API that acts for a user.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { peekUnverified } from '@countersign/protocol'
import * as oauth from 'oauth4webapi'
import { postgresSkip } from '../harness/postgres.ts'
import { serverOfThisFile } from '../harness/server.ts'

const http = { [oauth.allowInsecureRequests]: true }
const grant = 'urn:ietf:params:oauth:grant-type:token-exchange'
const type = 'urn:ietf:params:oauth:token-type:access_token'
const archive = 'https://archive.example.com'
const machine: oauth.Client = { client_id: 'demo-machine' }
const machineAuth = oauth.ClientSecretPost('demo-machine-secret-0123456789abcdef')

for (const engine of ['sqlite', 'postgres'] as const) {
  const skip = engine === 'postgres' ? postgresSkip() : false
  describe(`oauth4webapi exchanges a token, the server on ${engine}`, { skip }, () => {
    let auth: oauth.ClientAuth = oauth.None()
    const bank: oauth.Client = { client_id: 'bank-api' }
    const on = serverOfThisFile({
      engine,
      skip,
      prepare: async ({ api, countersign }) => {
        await countersign('api', 'create', archive, '--scope', 'archive:read=Read')
        const bankApi = ['--id', 'bank-api', '--api', api, '--scope', 'archive:read']
        const made = await countersign('client', 'create', 'Bank', ...bankApi)
        auth = oauth.ClientSecretBasic(String(made['secret']))
        const policy = ['--for', archive, '--scope', 'archive:read=accounts:read']
        await countersign('client', 'exchange', 'bank-api', ...policy)
      },
    })

    const discovered = async () =>
      oauth.processDiscoveryResponse(
        new URL(on.issuer),
        await oauth.discoveryRequest(new URL(on.issuer), http),
      )

    /** What the machine sends to the bank. */
    async function sent(
      as: oauth.AuthorizationServer,
      options: oauth.ClientCredentialsGrantRequestOptions = http,
    ) {
      const scope = new URLSearchParams({ scope: 'accounts:read' })
      const response = await oauth.clientCredentialsGrantRequest(as, machine, machineAuth, scope, options)
      return (await oauth.processClientCredentialsResponse(as, machine, response)).access_token
    }

    async function exchanged(
      as: oauth.AuthorizationServer,
      form: Record<string, string>,
      options: oauth.TokenEndpointRequestOptions = http,
    ) {
      const parameters = new URLSearchParams({ subject_token_type: type, ...form })
      const response = await oauth.genericTokenEndpointRequest(as, bank, auth, grant, parameters, options)
      return oauth.processGenericTokenEndpointResponse(as, bank, response)
    }

    const claimsIn = (token: string) => peekUnverified(token)?.claims ?? {}

    test('the metadata name the grant, and the answer names its type', async () => {
      const as = await discovered()
      ok(as.grant_types_supported?.includes(grant))
      const tokens = await exchanged(as, { subject_token: await sent(as), resource: archive })
      equal(tokens['issued_token_type'], type)
      equal(tokens.token_type, 'bearer')
      equal(tokens.scope, 'archive:read')
      const { sub, aud, act, client_id: id } = claimsIn(tokens.access_token)
      deepEqual([sub, aud, act, id], ['demo-machine', archive, { sub: 'bank-api' }, 'bank-api'])
    })

    test('a token with its actor’s', async () => {
      const as = await discovered()
      const actor = await sent(as)
      const form = { subject_token: await sent(as), actor_token: actor, actor_token_type: type }
      const tokens = await exchanged(as, { ...form, audience: archive })
      deepEqual(claimsIn(tokens.access_token)['act'], { sub: 'demo-machine' })
    })

    test('what is wrong is told by the codes of RFC 8693 §2.2.2', async () => {
      const as = await discovered()
      const subject = await sent(as)
      const refused: readonly [Record<string, string>, string][] = [
        [{ subject_token: 'nothing', resource: archive }, 'invalid_request'],
        [{ subject_token: subject, resource: on.api }, 'invalid_target'],
        [{ subject_token: subject, resource: archive, scope: 'archive:write' }, 'invalid_scope'],
        [{ subject_token: subject, subject_token_type: `${type}x` }, 'invalid_request'],
      ]
      for (const [form, code] of refused)
        await rejects(exchanged(as, form), (error) => {
          ok(error instanceof oauth.ResponseBodyError)
          return error.error === code && error.status === 400
        })
    })

    test('a bound token becomes a bound one, by a key of the bank’s own', async () => {
      const as = await discovered()
      const [machines, banks] = await Promise.all(
        [machine, bank].map(async (client) => oauth.DPoP(client, await oauth.generateKeyPair('ES256'))),
      )
      const subject = await sent(as, { ...http, ...(machines && { DPoP: machines }) })
      const form = { subject_token: subject, resource: archive }
      await rejects(exchanged(as, form), (error) => {
        ok(error instanceof oauth.ResponseBodyError)
        return error.error === 'invalid_dpop_proof'
      })
      const tokens = await exchanged(as, form, { ...http, ...(banks && { DPoP: banks }) })
      equal(tokens.token_type, 'dpop')
      deepEqual(claimsIn(tokens.access_token)['cnf'], { jkt: await banks?.calculateThumbprint() })
    })
  })
}
