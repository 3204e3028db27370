// The face of `@countersign/sdk/testing`: an issuer inside the test, whose tokens every adapter accepts in every mode; and
// a whole server, with somebody who signs in.

export { type BrowserPage, signInAs } from './sign-in-as.ts'
export { type TestIssuer, type TestIssuerOptions, type TestToken, testIssuer } from './test-issuer.ts'
export {
  type TestDpopKey,
  type TestEncryptionKey,
  type TestProof,
  testDpopKey,
  testEncryptionKey,
} from './test-keys.ts'
export {
  type TestApi,
  type TestClient,
  type TestServer,
  type TestServerOptions,
  type TestUser,
  testServer,
} from './test-server.ts'
