// What a text is that somebody states as a key, before it is read as one.

/**
 * Whether a text is a key of a pair or a certificate: PEM (RFC 7468), with or without words before it as OpenSSL writes
 * them, a line of OpenSSH, or JSON, as a JWK is. Much of that is published, so none of it may ever be a secret (C1).
 */
export function isKeyOfPair(text: string): boolean {
  return /-----BEGIN [A-Z]|^\s*(?:\{|(?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]+\s)/.test(text)
}
