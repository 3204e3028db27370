// A front end that knows one address alone, behind the proxy that docs/guides/move-in.md shows: the wire is Countersign's,
// and whatever else it calls is still answered by the API.
import { deepEqual, equal, match } from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { password } from '../../packages/server/src/accounts/people.fixture.ts'
import { selfSigned } from '../checklist/self-signed.ts'
import { freePort } from '../harness/processes.ts'
import { openDjango } from '../wires/clients/front-end.fixture.ts'
import { put, shownIn } from './front.ts'
import { nginxSkip, startSite } from './nginx.ts'

test('a front end keeps its one address: signing in and refreshing is answered here, the rest by the API', {
  skip: nginxSkip(),
}, async (t) => {
  const api = createServer((asked, answer) => answer.end(`the API: ${asked.method} ${asked.url}`))
  api.listen(0, '127.0.0.1')
  await once(api, 'listening')
  t.after(() => {
    api.close()
    api.closeAllConnections()
  })
  await using django = await openDjango()
  const port = await freePort()
  await using _front = await startSite(port, ({ certificate, key }) =>
    put(shownIn('move-in.md', 'same-address.conf'), {
      '/etc/ssl/api.example.com.crt': certificate,
      '/etc/ssl/api.example.com.key': key,
      'server_name api.example.com': 'server_name 127.0.0.1',
      'Host id.example.com': `Host ${new URL(django.url).host}`,
      'http://127.0.0.1:4400': django.url,
      'http://127.0.0.1:8000': `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
    }),
  )
  const post = async (path: string, members: unknown): Promise<readonly [number | undefined, string]> => {
    const asking = request({
      ...{ host: '127.0.0.1', port, path, method: 'POST', ca: selfSigned.cert, agent: false },
      headers: { 'content-type': 'application/json' },
      checkServerIdentity: () => undefined,
    })
    const got = once(asking, 'response')
    asking.end(JSON.stringify(members))
    const [answer] = await got
    return [answer.statusCode, await text(answer)]
  }
  const [status, body] = await post('/api/token/', { username: 'ada', password })
  equal(status, 200, body)
  const { refresh, access } = JSON.parse(body) as Record<string, string>
  match((await post('/api/token/refresh', { refresh }))[1], /^\{"access":/)
  deepEqual(await post('/api/token/verify/?next=1', { token: access }), [200, '{}'])
  deepEqual(await post('/api/token/blacklist/', { refresh }), [200, '{}'])
  for (const path of ['/api/orders/', '/api/token/other/', '/api/tokens', '/x/api/token/'])
    deepEqual(await post(path, {}), [200, `the API: POST ${path}`])
})
