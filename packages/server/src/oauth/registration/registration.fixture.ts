// A house in which clients register themselves, and a program that does.

import assert from 'node:assert/strict'
import { type House, openHouse } from '../../platform/house.ts'
import { type OAuthHouse, openOAuthHouse } from '../house.ts'
import { type InitialTokenDescription, makeInitialToken } from './initial-tokens.ts'
import type { RegistrationSettings } from './rules.ts'

export const application = {
  client_name: 'An Application',
  redirect_uris: ['https://app.example/cb'],
  grant_types: ['authorization_code', 'refresh_token'],
}

export interface RegistrationAnswer {
  readonly status: number
  readonly body: Record<string, unknown>
  header(name: string): string | undefined
}

/** A network of its own, so that no test uses up what another has left. */
export function stranger(): string {
  networks += 1
  return `198.51.${networks}.1`
}

let networks = 0

export interface RegistrationHouse extends OAuthHouse {
  /** Sends metadata, or any text, to the registration endpoint. */
  register(metadata: object | string, token?: string, peer?: string): Promise<RegistrationAnswer>
  /** What a client is told that has registered. @throws AssertionError when it may not */
  registered(metadata?: object): Promise<Record<string, unknown>>
  /** Status, code and words of a registration that is refused. */
  refusal(metadata: object | string): Promise<unknown[]>
  /** Asks at the address of a registered client with its token. */
  manage(method: string, registered: Record<string, unknown>, metadata?: object): Promise<RegistrationAnswer>
  /** An initial access token. */
  invite(described?: Partial<InitialTokenDescription>): Promise<string>
}

export async function openRegistrationHouse(
  registration: RegistrationSettings,
  house?: House,
): Promise<RegistrationHouse> {
  const opened = await openOAuthHouse({ registration, house: house ?? (await openHouse()) })
  const ask = async (
    path: string,
    { method, body, token, peer }: { method: string; body?: string; token?: string; peer?: string },
  ): Promise<RegistrationAnswer> => {
    const answer = await opened.visitor().visit(path, {
      method,
      ...(body !== undefined && { body }),
      ...(peer !== undefined && { peer }),
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
    })
    return {
      status: answer.status,
      body: answer.body === '' ? {} : answer.json(),
      header: (name) => answer.header(name),
    }
  }
  const register: RegistrationHouse['register'] = (metadata, token, peer) =>
    ask('/oauth/register', {
      method: 'POST',
      body: typeof metadata === 'string' ? metadata : JSON.stringify(metadata),
      ...(token !== undefined && { token }),
      ...(peer !== undefined && { peer }),
    })
  return {
    ...opened,
    register,
    registered: async (metadata = application) => {
      const { status, body } = await register(metadata, undefined, stranger())
      assert.equal(status, 201, JSON.stringify(body))
      return body
    },
    refusal: async (metadata) => {
      const { status, body } = await register(metadata, undefined, stranger())
      return [status, body['error'], body['error_description']]
    },
    manage: (method, registered, metadata) =>
      ask(String(registered['registration_client_uri']), {
        method,
        token: String(registered['registration_access_token']),
        ...(metadata !== undefined && { body: JSON.stringify(metadata) }),
      }),
    invite: async (described = {}) => (await makeInitialToken(opened, { label: 'test', ...described })).token,
  }
}

/** What a client sends to change itself: all that it was told, but for what it may not send. */
export function changeOf(registered: Record<string, unknown>, change: object = {}): Record<string, unknown> {
  const {
    registration_access_token: _token,
    registration_client_uri: _address,
    client_secret_expires_at: _end,
    client_id_issued_at: _beginning,
    ...rest
  } = registered
  return { ...rest, ...change }
}
