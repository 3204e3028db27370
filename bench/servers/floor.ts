// The floor: a bare `node:http` server that parses the form of a token request and makes one ES256 signature.
import { generateKeyPairSync, sign } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const header = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: 'floor' })).toString(
  'base64url',
)

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const form = new URLSearchParams(Buffer.concat(chunks).toString())
    const now = Math.floor(Date.now() / 1000)
    const claims = {
      iss: 'http://localhost',
      sub: 'floor',
      aud: 'api',
      iat: now,
      exp: now + 300,
      scope: form.get('scope'),
    }
    const input = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
    const signature = sign('sha256', Buffer.from(input), {
      key: privateKey,
      dsaEncoding: 'ieee-p1363',
    }).toString('base64url')
    const body = JSON.stringify({
      access_token: `${input}.${signature}`,
      token_type: 'Bearer',
      expires_in: 300,
    })
    response
      .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
      .end(body)
  })
})
server.listen(0, 'localhost', () =>
  console.log(`ready http://localhost:${(server.address() as AddressInfo).port}`),
)
process.on('SIGTERM', () => process.exit(0))
