// Codes and tokens of the other side: made by its own models where a page would have to be walked through otherwise.
import { codeChallenge } from '@countersign/protocol'
import type { Minted, Provider } from 'oidc-provider'
import { basicOf, deviceGrant, redirects, verifier } from './bases.ts'
import type { Stuff } from './side.ts'
import { bank } from './theirs-configuration.ts'

const everything = 'openid email offline_access'
const isOpen = (client: string): boolean => client === 'spa' || client === 'tv'
const redirectOf = (client: string): string =>
  client === 'other' ? 'https://other.example/callback' : redirects[client === 'spa' ? 'spa' : 'web']
const now = (): number => Math.floor(Date.now() / 1000)

export function gettersOf(
  provider: Provider,
  issuer: string,
): Readonly<Record<Stuff, (client: string) => Promise<string>>> {
  const made = new Making(provider, issuer)
  return {
    code: (client) => made.code(client),
    used: async (client) => {
      if (client === 'tv') return ''
      const used = await made.code(client)
      await made.exchange(client, used)
      return used
    },
    refresh: (client) => made.refresh(client),
    'used refresh': async (client) => {
      const used = await made.refresh(client)
      await made.post('/token', { grant_type: 'refresh_token', refresh_token: used }, client)
      return used
    },
    access: (client) => made.token(provider.AccessToken, client, 'accounts:read', { aud: bank }),
    person: (client) => made.token(provider.AccessToken, client, 'openid email'),
    id: async (client) => (await made.exchange(client, await made.code(client)))['id_token'] ?? '',
    waiting: () => made.device(),
    allowed: () => made.allowedDevice(),
    pushed: (client) => made.pushed(client),
  }
}

class Making {
  readonly #provider: Provider
  readonly #issuer: string

  constructor(provider: Provider, issuer: string) {
    this.#provider = provider
    this.#issuer = issuer
  }

  async #granted(clientId: string): Promise<string> {
    const grant = new this.#provider.Grant({ accountId: 'usr_ada', clientId })
    grant.addOIDCScope(everything)
    grant.addResourceScope(bank, 'accounts:read')
    return grant.save()
  }

  async token(Model: Minted, clientId: string, scope: string, more: object = {}): Promise<string> {
    const client = await this.#provider.Client.find(clientId)
    const grantId = await this.#granted(clientId)
    const of = { accountId: 'usr_ada', client, grantId, scope, authTime: now() }
    return new Model({ ...of, gty: 'authorization_code', expiresWithSession: false, ...more }).save()
  }

  code(client: string): Promise<string> {
    return this.token(this.#provider.AuthorizationCode, client, `${everything} accounts:read`, {
      redirectUri: redirectOf(client),
      codeChallenge: codeChallenge(verifier),
      codeChallengeMethod: 'S256',
      resource: bank,
    })
  }

  async post(path: string, form: Record<string, string>, client: string): Promise<Record<string, string>> {
    const headers = isOpen(client) ? {} : { authorization: basicOf(client) }
    const body = new URLSearchParams(isOpen(client) ? { ...form, client_id: client } : form)
    const answer = await fetch(`${this.#issuer}${path}`, { method: 'POST', headers, body })
    return (await answer.json()) as Record<string, string>
  }

  exchange(client: string, code: string): Promise<Record<string, string>> {
    const redirect_uri = redirectOf(client)
    const form = { grant_type: 'authorization_code', code, redirect_uri, code_verifier: verifier }
    return this.post('/token', form, client)
  }

  async refresh(client: string): Promise<string> {
    return (await this.exchange(client, await this.code(client)))['refresh_token'] ?? ''
  }

  async device(): Promise<string> {
    const form = { scope: 'openid accounts:read', resource: bank }
    return (await this.post('/device/auth', form, 'tv'))['device_code'] ?? ''
  }

  async allowedDevice(): Promise<string> {
    const value = await this.device()
    const device = await this.#provider.DeviceCode.find(value)
    const grantId = await this.#granted('tv')
    const answer = { accountId: 'usr_ada', grantId, authTime: now(), gty: deviceGrant }
    Object.assign(device, answer, { scope: 'openid accounts:read', resource: bank })
    await device.save()
    return value
  }

  async pushed(client: string): Promise<string> {
    const form = {
      response_type: 'code',
      client_id: client,
      redirect_uri: redirectOf(client),
      scope: 'openid',
      code_challenge: codeChallenge(verifier),
      code_challenge_method: 'S256',
    }
    return (await this.post('/request', form, client))['request_uri'] ?? ''
  }
}
