import { equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { createVerifier } from '@countersign/sdk/verify'
import { embeddedSkip, issuer, openInstallation } from '../harness/installation.ts'
import { ownTime } from '../harness/own-time.ts'
import { bank, credentials, populate } from '../harness/population.ts'
import { freePort } from '../harness/processes.ts'
import {
  codeFor,
  get,
  introspect,
  post,
  redeem,
  refresh,
  revoke,
  signIn,
  tokensFor,
  tokensOf,
  userinfo,
} from '../harness/wire.ts'
import { brokenInSqlite } from './invariants.ts'
import { newBrowser } from './journal.ts'
import { mountSmallDisk, smallDiskSkip } from './small-disk.ts'

const skip = embeddedSkip || smallDiskSkip()
const nobody = { id: '', username: '', password: '' }

test('a full disk stops what must be stored, and nothing else; with room again all goes on [F06 C10 RT-13]', {
  skip,
}, async () => {
  using disk = mountSmallDisk(4)
  await using installation = await openInstallation({ folder: disk.folder })
  const [somebody = nobody] = await populate(installation, 1)
  const running = await installation.start()
  const { origin } = running
  const person = newBrowser()
  await signIn(origin, person, somebody)
  const first = await tokensFor(origin, person)
  const dead = await tokensFor(origin, person)
  equal((await revoke(origin, dead.refresh)).status, 200)
  const forBank = await tokensFor(origin, person, { scope: 'openid offline_access accounts:read' })
  const ticket = await codeFor(origin, person)
  ok(ticket)

  disk.fill()
  // Some still fit into pages that the log has already; soon none do.
  let last = first
  let answer = await refresh(origin, last.refresh)
  for (let round = 0; answer.status === 200 && round < 500; round++) {
    last = tokensOf(answer)
    answer = await refresh(origin, last.refresh)
  }
  equal(answer.status, 503)
  equal(answer.headers.get('retry-after'), '1')
  equal(answer.json['error'], 'temporarily_unavailable')
  equal((await redeem(origin, ticket)).status, 503)
  equal(
    (await revoke(origin, last.refresh)).status,
    503,
    'a revocation that was not stored is not acknowledged',
  )
  const machine = { grant_type: 'client_credentials', scope: 'vault:read' }
  equal((await post(`${origin}/oauth/token`, machine, credentials.machine)).status, 503)

  equal((await get(`${origin}/oauth/jwks`)).status, 200)
  equal((await get(`${origin}/.well-known/openid-configuration`)).status, 200)
  equal((await userinfo(origin, last.access)).status, 200)
  equal((await introspect(origin, last.refresh)).json['active'], true)
  equal((await introspect(origin, dead.refresh)).json['active'], false)
  const verifier = createVerifier({ issuer, audience: bank, jwks: `${origin}/oauth/jwks` })
  const verified = await verifier.verify(forBank.access)
  equal(verified.subject, somebody.id, 'a resource server verifies on its own')

  disk.empty()
  using time = ownTime()
  let healed = await refresh(origin, last.refresh)
  while (healed.status === 503 && time.ms() < 5000) healed = await refresh(origin, last.refresh)
  equal(healed.status, 200, 'healed within five seconds, with the token that was refused')
  equal((await redeem(origin, ticket)).status, 200, 'a code whose exchange was refused is still good')
  equal((await refresh(origin, dead.refresh)).status, 400)
  await running.stop()
  equal((await brokenInSqlite(installation.file)).join(), '')
})

test('a server does not start where it can’t write, and says so [F07]', { skip }, async () => {
  using disk = mountSmallDisk(4)
  await using installation = await openInstallation({ folder: disk.folder })
  await populate(installation, 1)
  await (await installation.start()).stop()
  disk.readOnly()
  const child = installation.command(['start'], { PORT: String(await freePort()) })
  equal((await child.exited).code, 1)
  match(child.stderr(), /database/i)
  equal(/^\s+at /m.test(child.stderr()), false, child.stderr())
})
