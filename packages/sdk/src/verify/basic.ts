// How a back end names itself to the issuer: HTTP Basic with a client's id and secret (RFC 6749 §2.3.1).

/** The `Authorization` header of a confidential client: both halves are form-urlencoded before they are joined. */
export function basicAuthorization(clientId: string, clientSecret: string): string {
  const half = (text: string) => new URLSearchParams({ '': text }).toString().slice(1)
  return `Basic ${btoa(`${half(clientId)}:${half(clientSecret)}`)}`
}
