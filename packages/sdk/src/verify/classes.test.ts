// Which sign-ins do for a route that says how surely (RFC 9470): Countersign's own classes have an order, others have none.
import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { authenticationClasses } from '@countersign/protocol'
import { testIssuer } from '../testing/index.ts'
import { authorizeRequest, createVerifier } from './index.ts'

const { password, upstream, mfa, passkey } = authenticationClasses

test('a surer class of Countersign’s own opens a route that asks for a less sure one, and no other way round', async () => {
  const issuer = await testIssuer()
  const verifier = createVerifier(issuer.options)
  const opened = async (asked: string): Promise<string[]> => {
    const open: string[] = []
    for (const acr of [password, upstream, mfa, passkey, 'urn:other:mfa']) {
      const headers = { authorization: `Bearer ${issuer.token({ acr })}` }
      const found = await authorizeRequest(new Request('https://api.test/', { headers }), verifier, {
        acr: asked,
      })
      if ('principal' in found) open.push(acr)
    }
    return open
  }
  deepEqual(await opened(password), [password, mfa, passkey])
  deepEqual(await opened(mfa), [mfa, passkey])
  deepEqual(await opened(passkey), [passkey])
  deepEqual(await opened('urn:other:mfa'), ['urn:other:mfa'])
})
