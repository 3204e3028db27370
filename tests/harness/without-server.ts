// A program for a test: asks for a server where there may be none, and says what it is told.
import { testServer } from '@countersign/sdk/testing'

try {
  await using server = await testServer()
  console.log(server.issuer)
} catch (error) {
  console.log(error instanceof Error ? error.message : error)
}
