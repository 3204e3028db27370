// People and clients of the realm of realm.ts, brought here from what Keycloak exported.
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'
import { rolesOf } from '../../../packages/server/src/access/roles.store.ts'
import { userNamed } from '../../../packages/server/src/admin/moving/moving.fixture.ts'
import { Authenticator, coseKeyOf } from '../../harness/authenticator.ts'
import type { Held } from '../held.ts'
import { type Moved, openMoved, verifier } from '../moved.ts'
import { type MadeRealm, password } from './realm.ts'

/** Brings them, and has each come in. @param what kind of export it is */
export async function bringRealm(what: string, from: string, made: MadeRealm): Promise<Held[]> {
  await using to = await openMoved()
  const bring = () => to.bring('keycloak', from, { rpId: 'localhost' })
  const [report, again] = [await bring(), await bring()]
  const held = [
    {
      sentence: 'everybody comes with what they have, no account of a client does, and a second time nobody',
      holds:
        [report.created, report.factors, report.passkeys, report.clients].join() === '4,1,1,3' &&
        [again.created, again.same, again.clients].join() === '0,4,0' &&
        (await userNamed(to, 'service-account-machine')) === null,
    },
    {
      sentence: 'a wildcard is left out and told',
      holds: report.conflicts.length === 1 && /left out/.test(report.conflicts[0]?.because ?? ''),
    },
    ...(await comeIn(to, made)),
    ...(await clientsAsk(to, made)),
  ]
  return held.map(({ sentence, holds }) => ({ sentence: `Keycloak, ${what}: ${sentence}`, holds }))
}

async function comeIn(to: Moved, { secret, passkey }: MadeRealm): Promise<Held[]> {
  const { house } = to
  const came = async (name: string) =>
    [await to.comes(name, password), await to.comes(name, `${password}x`)].join()
  const letters = new Secret({ buffer: new Uint8Array(new TextEncoder().encode(secret)).buffer })
  const code = new TOTP({ secret: letters }).generate({ timestamp: house.runtime.now() * 1000 })
  const ada = await userNamed(to, 'ada')
  const roles = ada === null ? [] : await rolesOf(house.database, ada.id)
  return [
    {
      sentence: 'by the password and no other; who is disabled stays out',
      holds: (await came('ada')) === 'in,out' && (await came('idle')) === 'out,out',
    },
    {
      sentence: 'with the roles of person, group and those made of others',
      holds: [...roles].sort().join() === 'chief,clerk,group:staff-night' && ada?.emailVerified === true,
    },
    {
      sentence: 'the authenticator application goes on',
      holds:
        (await came('grace')) === 'second step,out' &&
        (await to.comes('grace', password, code)) === 'in by both',
    },
    { sentence: 'the passkey opens the same account', holds: await to.comesBy(authenticatorWith(passkey)) },
  ]
}

async function clientsAsk(to: Moved, { clientSecrets }: MadeRealm): Promise<Held[]> {
  const secret = clientSecrets['site'] ?? ''
  const exchanged = async (clientId: string, secrets: Readonly<Record<string, string>>): Promise<string> => {
    const redirect_uri = `https://${clientId}.example.test/cb`
    const code = (await to.codeFor('ada', password, clientId, redirect_uri)) ?? ''
    return to.asks({
      grant_type: 'authorization_code',
      code,
      redirect_uri,
      code_verifier: verifier,
      client_id: clientId,
      ...secrets,
    })
  }
  const machine = { grant_type: 'client_credentials', client_id: 'machine' }
  const machineSecret = clientSecrets['machine'] ?? ''
  return [
    {
      sentence: 'its clients exchange codes with the secrets that they have, and with no others',
      holds:
        (await exchanged('site', { client_secret: `${secret}x` })) === 'invalid_client' &&
        (await exchanged('site', { client_secret: secret })) === '200' &&
        (await exchanged('page', {})) === '200',
    },
    {
      sentence: 'its machines are known by theirs',
      holds:
        (await to.asks({ ...machine, client_secret: `${machineSecret}x` })) === 'invalid_client' &&
        (await to.asks({ ...machine, client_secret: machineSecret })) !== 'invalid_client',
    },
  ]
}

/** Whoever holds the key signs with it. */
function authenticatorWith({ id, privateKey: pem, userHandle }: MadeRealm['passkey']): Authenticator {
  const privateKey = createPrivateKey(pem)
  const authenticator = new Authenticator()
  const coseKey = new Uint8Array(coseKeyOf('ES256', createPublicKey(privateKey)))
  authenticator.made.push({ id, algorithm: 'ES256', privateKey, coseKey, userHandle })
  return authenticator
}
