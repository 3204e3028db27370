// The face of `@countersign/sdk/testing`: an issuer inside the test, whose tokens every adapter accepts in every mode.

export { type TestIssuer, type TestIssuerOptions, type TestToken, testIssuer } from './test-issuer.ts'
export {
  type TestDpopKey,
  type TestEncryptionKey,
  type TestProof,
  testDpopKey,
  testEncryptionKey,
} from './test-keys.ts'
