import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verifyToken } from '@countersign/protocol'
import { ownKey } from '../../../../../tests/harness/own-key.ts'
import { endAllSessions } from '../../accounts/sessions/sessions.store.ts'
import { createClient } from '../clients/registration.ts'
import { ada, claimsIn, codeFor, exchange, headerIn, openOAuthHouse, secret } from '../house.ts'
import { signOutMessenger } from './messenger.ts'
import { backChannel, openReceiver } from './sign-out.fixture.ts'

test('whoever gets encrypted ID tokens gets encrypted logout tokens, by the same keys and algorithms', async (t) => {
  const receiver = await openReceiver()
  const house = await openOAuthHouse({ encryptedTokens: true })
  t.after(() => Promise.all([receiver.close(), house.close()]))
  const key = await ownKey('ECDH-ES+A256KW', 'A256GCM', 'site')
  const redirectUri = 'https://sealed.example/callback'
  const made = await createClient(
    house,
    {
      id: 'sealed',
      name: 'Sealed',
      secret,
      redirectUris: [redirectUri],
      idTokenAlg: 'RS256',
      jwks: { keys: [key.jwk] },
      idTokenEncryption: key.encryption,
      signOut: backChannel(receiver),
    },
    { encryptedTokens: true },
  )
  assert.ok(made.ok)
  const wire = { client_id: 'sealed', redirect_uri: redirectUri, scope: 'openid' }
  const code = (await codeFor(await house.signedIn(), wire)).get('code')
  await exchange(house.visitor(), code, { client_id: 'sealed', client_secret: secret })
  await house.database.commit([endAllSessions(house.database, house.runtime.now(), ada.id)])
  await signOutMessenger(house.room).deliver()
  const [sealed = ''] = receiver.heard
  assert.equal(sealed.split('.').length, 5)
  const signed = await key.open(sealed)
  assert.deepEqual([headerIn(signed).typ, headerIn(signed).alg], ['logout+jwt', 'RS256'])
  assert.equal(claimsIn(signed)['sub'], ada.id)
  verifyToken('logout', signed, {
    keys: (header) => house.room.keyring.find(header),
    issuer: house.issuer.url,
    audience: 'sealed',
    now: house.runtime.now(),
  })
})
