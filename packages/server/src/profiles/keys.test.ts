import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { faultOfKeys } from './keys.ts'

test('C1: whatever form a public key is written in, it is nobody’s secret', () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = String(publicKey.export({ type: 'spki', format: 'pem' }))
  for (const text of [
    pem,
    `\uFEFF ${pem}`,
    `Bag Attributes\n    friendlyName: django\nsubject=CN = id.example.test\n${pem}`,
    `# rotated in May\n${pem}`,
    JSON.stringify(publicKey.export({ format: 'jwk' })),
    `ssh-rsa ${'A'.repeat(300)} django@app`,
    `ecdsa-sha2-nistp256 ${'A'.repeat(100)}`,
    `sk-ssh-ed25519@openssh.com ${'A'.repeat(68)} key`,
  ])
    assert.match(faultOfKeys({ signing: text, verifying: [] }, 'HS256') ?? '', /no HS256 secret/, text)
  const secret = 'django-insecure-ssh-rsa-7b&c@k!9w4r$2m_qz^x8p0t#v5n1h6j3'
  assert.equal(faultOfKeys({ signing: secret, verifying: [] }, 'HS256'), null)
})

test('C1: a line of OpenSSH among the keys that are believed is refused, and never tried as a secret', () => {
  const line = `ssh-rsa ${'A'.repeat(300)} django@app`
  assert.match(faultOfKeys({ signing: null, verifying: [line] }, 'RS256') ?? '', /can’t be read/)
})
