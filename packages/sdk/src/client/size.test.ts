// The client's size bound, and what it may be made of.
import { doesNotMatch, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { bundleClient } from './bundle.fixture.ts'

const most = 6144

test(`the whole client is at most ${most} bytes, minified and compressed`, async (t) => {
  const code = await bundleClient()
  const size = gzipSync(code, { level: 9 }).length
  t.diagnostic(`client: ${size} bytes min+gzip (${code.length} minified), bound ${most}`)
  ok(size <= most, `${size} bytes`)
  doesNotMatch(code, /\bimport\b|\brequire\b/, 'the bundle stands alone')
})
