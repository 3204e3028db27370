// This server's side: the OAuth room with its edge, in this process.

import { codeChallenge } from '@countersign/protocol'
import { decide, openDeviceHouse } from '../../../packages/server/src/oauth/device/device.fixture.ts'
import {
  ada,
  codeFor,
  exchange,
  type OAuthHouse,
  post,
  refresh,
} from '../../../packages/server/src/oauth/house.ts'
import type { Answer } from '../../../packages/server/src/platform/house.ts'
import type { Given } from './answers.ts'
import type { Asked, Endpoint } from './asked.ts'
import { redirects, secret, verifier } from './bases.ts'
import type { Side, Stuff } from './side.ts'

const paths: Readonly<Record<Endpoint, string>> = {
  authorize: '/oauth/authorize',
  pushed: '/oauth/par',
  token: '/oauth/token',
  userinfo: '/oauth/userinfo',
  introspection: '/oauth/introspect',
  revocation: '/oauth/revoke',
  logout: '/oauth/logout',
  device: '/oauth/device',
}

export async function openOurs(): Promise<Side> {
  const house = await openDeviceHouse()
  let asked = 0
  return {
    get: (stuff, client) => getters[stuff](house, client),
    async send({ endpoint, method }: Asked, query, body, headers): Promise<Given> {
      const target = `${paths[endpoint]}${query === '' ? '' : `?${query}`}`
      asked += 1
      const visit = { method, headers, peer: networkOf(asked), ...(body === null ? {} : { body }) }
      const visitor = house.visitor()
      const answer = await visitor.visit(target, visit)
      // What came to a page by POST is looked at once the browser comes back for it.
      const isKept = method === 'POST' && answer.location?.startsWith(`${paths[endpoint]}?`) === true
      return givenOf(isKept ? await visitor.visit(answer.location ?? '') : answer)
    },
    close: () => house.close(),
  }
}

/** A network of its own for each request: limits by network are not what is compared. */
const networkOf = (asked: number): string => `198.51.${asked >> 8}.${asked & 255}`

function givenOf({ status, header, body }: Answer): Given {
  return { status, body, header: (name) => header(name) ?? null }
}

const authenticated = (client: string) =>
  client === 'spa' ? { client_id: client } : { client_id: client, client_secret: secret }

async function code(house: OAuthHouse, client: string, scope = 'openid email offline_access accounts:read') {
  const answered = await codeFor(await house.signedIn(ada), { client_id: client, scope })
  return answered.get('code') ?? ''
}

async function tokens(house: OAuthHouse, client: string, scope?: string): Promise<Record<string, unknown>> {
  const answer = await exchange(house.visitor(), await code(house, client, scope), authenticated(client))
  return answer.json()
}

let devices = 0
async function waiting(house: OAuthHouse): Promise<Record<string, string>> {
  devices += 1
  const form = { client_id: 'tv', scope: 'openid accounts:read' }
  const answer = await house.visitor().visit(paths.device, { form, peer: networkOf(devices) })
  return answer.json() as Record<string, string>
}

const getters: Readonly<Record<Stuff, (house: OAuthHouse, client: string) => Promise<string>>> = {
  code: (house, client) => code(house, client),
  used: async (house, client) => {
    if (client === 'tv') return ''
    const used = await code(house, client)
    await exchange(house.visitor(), used, authenticated(client))
    return used
  },
  refresh: async (house, client) => String((await tokens(house, client))['refresh_token']),
  'used refresh': async (house, client) => {
    const used = String((await tokens(house, client))['refresh_token'])
    await refresh(house.visitor(), used, authenticated(client))
    // Within the grace of rotation the same successor would come again.
    house.runtime.advance(31)
    return used
  },
  access: async (house, client) => String((await tokens(house, client, 'accounts:read'))['access_token']),
  person: async (house, client) => String((await tokens(house, client, 'openid email'))['access_token']),
  id: async (house, client) => String((await tokens(house, client))['id_token']),
  waiting: async (house) => (await waiting(house))['device_code'] ?? '',
  allowed: async (house) => {
    const device = await waiting(house)
    await decide(house, device['user_code'] ?? '')
    return device['device_code'] ?? ''
  },
  pushed: async (house, client) => {
    const answer = await post(house.visitor(), '/oauth/par', {
      ...authenticated(client),
      response_type: 'code',
      redirect_uri: client === 'other' ? 'https://other.example/callback' : redirects.web,
      scope: 'openid',
      code_challenge: codeChallenge(verifier),
      code_challenge_method: 'S256',
    })
    return String(answer.json()['request_uri'])
  },
}
