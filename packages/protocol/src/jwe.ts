// The face of @countersign/protocol/jwe: encrypted tokens. Apart, so that who only signs and verifies loads none of it.
export {
  type DecryptTokenOptions,
  decryptToken,
  encryptToken,
  type OpenedToken,
  openToken,
} from './encrypted-tokens.ts'
export {
  decryptJwe,
  encryptJwe,
  type FindDecryptionKey,
  type JweHeader,
  maximumEncryptedLength,
} from './jose/jwe.ts'
export {
  type ContentEncryption,
  contentEncryptions,
  type KeyManagementAlgorithm,
  keyManagement,
} from './jose/jwe-algorithms.ts'
export {
  type DecryptionKey,
  type EncryptionKey,
  type EncryptionKeyOptions,
  importDecryptionJwk,
  importEncryptionJwk,
  importEncryptionJwkSet,
  importSecretEncryptionJwk,
} from './jose/jwe-keys.ts'
