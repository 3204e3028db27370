// The sample bank under requests that no client of it sends: what a reader of the sample copies must hold as well.
import { equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { startBank } from '../../examples/bank/server.ts'
import { oddHeaderValues, oddTargets } from './oddities.ts'
import { insides, sendBytes, withoutStyle } from './target.ts'

const paths = [
  ...oddTargets.filter((target) => target !== '' && !target.includes('\xff')),
  '/%ff',
  '/api',
  '/api/%',
  '/api/accounts/%ff',
  '/api/transfers',
  '/config.json',
  '/main.ts%00',
  '/sdk/%00.ts',
  '/sdk/..%2f..%2fpackage.json',
  '/.well-known/oauth-protected-resource/%',
  `/${'a'.repeat(300)}.ts`,
]

test('the sample bank answers anything without its inside, and with the headers of its pages [HT-02 HT-14 TK-16]', async (t) => {
  const complaint = t.mock.method(console, 'error', () => {})
  const { url, stop } = await startBank({ port: 0, issuer: 'http://localhost:1' })
  const port = Number(new URL(url).port)
  const ask = async (method: string, target: string, header: string): Promise<void> => {
    const head = `${method} ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${header}\r\n\r\n`
    const heard = await sendBytes(port, Buffer.from(head, 'latin1'), 5000, 'localhost')
    const what = `${method} ${target.slice(0, 60)} ${header.slice(0, 60)}: ${heard.status}`
    // Nobody is there who could say whether a token is good.
    const isAway = heard.status === 503 && heard.headers.has('retry-after')
    ok(isAway || (heard.status >= 200 && heard.status < 500), what)
    // Files of the page are sources, which may name what no answer of ours does.
    if (heard.status >= 300) equal(insides.exec(withoutStyle(heard.body))?.[0], undefined, what)
    // What the HTTP parser refuses by itself has no headers at all.
    if (!heard.headers.has('date')) return
    equal(heard.headers.get('x-content-type-options')?.join(), 'nosniff', what)
    ok(heard.headers.has('content-security-policy'), what)
  }
  try {
    for (const path of paths)
      for (const method of ['GET', 'POST', 'HEAD', 'OPTIONS']) await ask(method, path, 'X: y')
    for (const value of oddHeaderValues)
      for (const name of ['Authorization', 'DPoP', 'Accept', 'Range', 'If-None-Match'])
        await ask('GET', '/api/accounts', `${name}: ${value}`)
    equal(complaint.mock.callCount(), 0, 'the log blames the bank for what was sent')
  } finally {
    await stop()
  }
})
