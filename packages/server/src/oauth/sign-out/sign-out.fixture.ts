// Clients that listen: real receivers on this machine, registered in a test house, with people signed in to them.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createClient } from '../clients/registration.ts'
import { ada, claimsIn, codeFor, exchange, type OAuthHouse, secret } from '../house.ts'
import type { SignOutChannels } from './channels.ts'

/** What a receiver does with a request, once it has read it. */
export type Behaviour = (response: ServerResponse, request: IncomingMessage) => void

/** Answers with a status and nothing else. */
export const status =
  (code: number, headers: Record<string, string> = {}): Behaviour =>
  (response) =>
    void response.writeHead(code, headers).end()

/** A client's back-channel endpoint. */
export interface Receiver {
  readonly uri: string
  /** The logout tokens that came, in order. */
  readonly heard: readonly string[]
  /** Every request, by its first line and content type. */
  readonly seen: readonly string[]
  /** What it does from now on. */
  behave(behaviour: Behaviour): void
  close(): Promise<void>
}

/** Opens a receiver on this machine. It answers 200 until told otherwise. */
export async function openReceiver(path = '/backchannel'): Promise<Receiver> {
  const heard: string[] = []
  const seen: string[] = []
  let behaviour = status(200)
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (piece: string) => {
      body += piece
    })
    request.on('end', () => {
      seen.push(`${request.method} ${request.url} ${request.headers['content-type']}`)
      const token = new URLSearchParams(body).get('logout_token')
      if (token !== null) heard.push(token)
      behaviour(response, request)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    uri: `http://127.0.0.1:${port}${path}`,
    heard,
    seen,
    behave: (next) => {
      behaviour = next
    },
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

/** Registers a client that is told at `signOut`. @returns its id */
export async function listener(
  house: OAuthHouse,
  id: string,
  signOut: Partial<SignOutChannels>,
  more: {
    readonly redirectUris?: readonly string[]
    readonly postLogoutRedirectUris?: readonly string[]
  } = {},
): Promise<string> {
  const registered = await createClient(house, {
    id,
    name: `Listener ${id}`,
    secret,
    redirectUris: [`https://${id}.example/callback`],
    scopes: ['openid', 'offline_access', 'accounts:read'],
    signOut,
    ...more,
  })
  if (!registered.ok) throw new Error(JSON.stringify(registered.findings))
  return id
}

/** A receiver on the back channel, as a registered client has it. */
export const backChannel = ({ uri }: Pick<Receiver, 'uri'>): Partial<SignOutChannels> => ({
  backChannel: { uri, sessionRequired: true },
})

/** Signs a person in to a client. @returns their session's name, and what the client got */
export async function into(
  house: OAuthHouse,
  clientId: string,
  { browser, user = ada }: { browser?: Awaited<ReturnType<OAuthHouse['signedIn']>>; user?: typeof ada } = {},
): Promise<{ readonly sid: string; readonly tokens: Readonly<Record<string, unknown>> }> {
  const from = browser ?? (await house.signedIn(user))
  const wire = { client_id: clientId, scope: 'openid offline_access', redirect_uri: redirectOf(clientId) }
  const code = (await codeFor(from, wire)).get('code')
  const tokens = (
    await exchange(house.visitor(), code, { client_id: clientId, client_secret: secret })
  ).json()
  return { sid: String(claimsIn(tokens['id_token'])['sid']), tokens }
}

const redirectOf = (clientId: string): string => `https://${clientId}.example/callback`

/** The events of telling, oldest first. */
export async function told(house: OAuthHouse): Promise<{ type: string; client: string; detail: object }[]> {
  const rows = await house.database.read(
    "select type, client_id, detail from events where type like 'sign_out.%' order by id",
    [],
  )
  return rows.map((row) => ({
    type: String(row['type']),
    client: String(row['client_id']),
    detail: JSON.parse(String(row['detail'])) as object,
  }))
}
