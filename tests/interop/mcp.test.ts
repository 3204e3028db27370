// The Model Context Protocol's authorization: the SDK's own client and server as they come from npm, the server guarded by our
// `auth()`, and the conformance tool for authorization servers. Clients are not known beforehand: one describes itself by a
// metadata document, one registers itself.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { Server as HttpServer, IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { auth } from '@countersign/sdk/express'
import { type OAuthClientProvider, UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import type {
  OAuthClientInformationMixed,
  OAuthClientMetadata,
  OAuthTokens,
} from '@modelcontextprotocol/sdk/shared/auth.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import express from 'express'
import { decodeJwt } from 'jose'
import { type Outside, openOutside } from '../harness/outside.ts'
import { Person } from '../harness/person.ts'
import { freePort, spawnNode } from '../harness/processes.ts'
import { password, type RunningServer, startServer } from '../harness/server.ts'

const callback = 'http://localhost:4402/callback'
const ada = { username: 'ada', password }
const folder = mkdtempSync(join(tmpdir(), 'countersign-mcp-'))
const authorities = join(folder, 'authorities.pem')

let outside: Outside
let on: RunningServer
let http: HttpServer
/** The address of the MCP server: what its tokens are for. */
let resource: string

before(async () => {
  outside = await openOutside()
  writeFileSync(authorities, outside.authority)
  on = await startServer({
    env: {
      COUNTERSIGN_PROFILE: 'mcp',
      COUNTERSIGN_NETWORKS: '127.0.0.0/8,::1/128',
      NODE_EXTRA_CA_CERTS: authorities,
    },
  })
  const port = await freePort()
  resource = `http://localhost:${port}/mcp`
  await on.countersign('api', 'create', resource, '--scope', 'notes:read=Read your notes')
  http = toolServer(port)
})
after(async () => {
  http?.close()
  await on?.stop()
  await outside?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

/** An MCP server with one tool, which only who may read notes may call, and which says for whom it was called. */
function toolServer(port: number): HttpServer {
  const app = express()
  app.use(auth({ issuer: on.issuer, audience: resource, scope: 'notes:read', metadata: true }))
  app.use(express.json())
  app.post('/mcp', async (request, response) => {
    const { subject } = request.auth
    const server = new McpServer({ name: 'notes', version: '1.0.0' })
    server.registerTool('whose', { description: 'Whose notes these are' }, async () => ({
      content: [{ type: 'text' as const, text: String(subject) }],
    }))
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true })
    await server.connect(transport as Transport)
    // The principal in `auth` is not the transport's own kind of it, which it only hands on.
    await transport.handleRequest(request as unknown as IncomingMessage, response, request.body)
  })
  return app.listen(port, 'localhost')
}

/** What a client of the SDK remembers; it opens addresses as Ada would. */
class Memory implements OAuthClientProvider {
  readonly redirectUrl = callback
  readonly clientMetadata: OAuthClientMetadata = {
    client_name: 'An Assistant',
    redirect_uris: [callback],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  }
  readonly clientMetadataUrl?: string
  information: OAuthClientInformationMixed | undefined
  kept: OAuthTokens | undefined
  code: string | undefined
  asked: URL | undefined
  #verifier = ''

  constructor(clientMetadataUrl?: string) {
    if (clientMetadataUrl !== undefined) this.clientMetadataUrl = clientMetadataUrl
  }

  clientInformation() {
    return this.information
  }
  saveClientInformation(information: OAuthClientInformationMixed) {
    this.information = information
  }
  tokens() {
    return this.kept
  }
  saveTokens(tokens: OAuthTokens) {
    this.kept = tokens
  }
  saveCodeVerifier(verifier: string) {
    this.#verifier = verifier
  }
  codeVerifier() {
    return this.#verifier
  }
  async redirectToAuthorization(url: URL) {
    this.asked = url
    const { left } = await new Person(callback).walk(url, ada)
    this.code = left?.searchParams.get('code') ?? undefined
  }
}

/** Calls the tool as somebody who has never been here: discovery, a client, a person, tokens, and then the answer. */
async function called(memory: Memory): Promise<unknown> {
  const attempt = new StreamableHTTPClientTransport(new URL(resource), { authProvider: memory })
  await assert.rejects(
    new Client({ name: 'test', version: '1.0.0' }).connect(attempt as Transport),
    UnauthorizedError,
  )
  await attempt.finishAuth(memory.code ?? '')
  return answered(memory)
}

async function answered(memory: Memory): Promise<unknown> {
  const client = new Client({ name: 'test', version: '1.0.0' })
  const transport = new StreamableHTTPClientTransport(new URL(resource), { authProvider: memory })
  await client.connect(transport as Transport)
  const { content } = await client.callTool({ name: 'whose' })
  await client.close()
  return content
}

const forAda = [{ type: 'text', text: 'usr_ada' }]

test('a client that describes itself by a document calls a tool for a person, and nobody registered it', async () => {
  const id = outside.at('localhost', '/client.json')
  const memory = new Memory(id)
  outside.answer(id, { json: { ...memory.clientMetadata, client_id: id } })
  assert.deepEqual(await called(memory), forAda)
  assert.equal(memory.asked?.searchParams.get('client_id'), id)
  assert.equal(memory.asked?.searchParams.get('resource'), resource)
  assert.deepEqual(outside.asked, [id])
  const claims = decodeJwt(memory.kept?.access_token ?? '')
  assert.equal(claims.aud, resource)
  assert.equal(claims['client_id'], id)
})

test('a client that registers itself calls a tool for a person, and again when its token has ended', async () => {
  const memory = new Memory()
  assert.deepEqual(await called(memory), forAda)
  assert.match(String(memory.information?.client_id), /^client_/)
  const { kept } = memory
  assert.ok(kept?.refresh_token, String(memory.asked))
  memory.kept = { ...kept, access_token: 'ended' }
  assert.deepEqual(await answered(memory), forAda)
  assert.notEqual(memory.kept.refresh_token, kept.refresh_token)
})

test('the conformance tool finds nothing wrong with the metadata and the code grant', async () => {
  const port = await freePort()
  const tool = new URL('../../node_modules/@modelcontextprotocol/conformance/dist/index.js', import.meta.url)
  await using program = spawnNode(tool, {
    args: [
      ...['authorization', '--url', on.issuer, '--client-id', 'demo-native', '--resource', on.api],
      ...['--port', String(port), '--output-dir', folder],
    ],
  })
  const [address] = await program.line(/^http:\/\/localhost:\d+\/oauth\/authorize\?.*$/m)
  await new Person().walk(address, ada)
  const { code } = await program.exited
  assert.equal(code, 0, program.stdout())
  assert.doesNotMatch(program.stdout(), /FAILURE|WARNING|SKIPPED|✗/)
})
