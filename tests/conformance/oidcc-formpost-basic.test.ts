// The conformance suite's plan oidcc-formpost-basic (Form Post OP): the Basic OP's modules, each answer in a form
// that the browser posts to the client (OAuth 2.0 Form Post Response Mode).
import { test } from 'node:test'
import { serverOfThisFile } from '../harness/server.ts'
import { requestModules } from './oidcc-basic-requests.ts'
import { tokenModules } from './oidcc-basic-tokens.ts'
import { openTester, type Tester } from './oidcc-tester.ts'

let tester: Tester
serverOfThisFile({
  prepare: async (server) => {
    tester = await openTester(server, 'form_post')
  },
})

for (const [name, run] of Object.entries({ ...tokenModules, ...requestModules }))
  test(name, () => run(tester))
