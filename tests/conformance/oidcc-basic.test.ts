// The conformance suite's plan oidcc-basic (Basic OP), each test named after its module; answers come by redirect.
import { test } from 'node:test'
import { serverOfThisFile } from '../harness/server.ts'
import { requestModules } from './oidcc-basic-requests.ts'
import { tokenModules } from './oidcc-basic-tokens.ts'
import { openTester, type Tester } from './oidcc-tester.ts'

let tester: Tester
serverOfThisFile({
  prepare: async (server) => {
    tester = await openTester(server, 'query')
  },
})

for (const [name, run] of Object.entries({ ...tokenModules, ...requestModules }))
  test(name, () => run(tester))
