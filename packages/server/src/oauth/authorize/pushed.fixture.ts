// A client that pushes its requests, and a browser that brings their names.
import type { Answer, Visitor } from '../../platform/house.ts'
import { authorizeUrl, type OAuthHouse, post, secret, type Wire } from '../house.ts'

/** The parameters of a request, as they stand in its address. */
export function askedBy(more: Wire = {}): Wire {
  return Object.fromEntries(new URL(authorizeUrl(more), 'https://id.example').searchParams)
}

/** Pushes a request as `web` unless told otherwise; undefined takes a parameter away. */
export function push(
  house: OAuthHouse,
  more: Wire = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  const client_secret = more['client_id'] === undefined ? secret : undefined
  const form = { ...askedBy(more), client_secret, ...more }
  return post(house.visitor(), '/oauth/par', form, headers)
}

/** The name of a request that was pushed. */
export async function nameOf(house: OAuthHouse, more: Wire = {}): Promise<string> {
  const answer = await push(house, more)
  if (answer.status !== 201) throw new Error(`The push was answered ${answer.status}: ${answer.body}`)
  return String(answer.json()['request_uri'])
}

/** The address that a client sends a browser to. */
export function addressOf(requestUri: string, more: Wire = {}): string {
  const wire = { client_id: 'web', request_uri: requestUri, ...more }
  const given = Object.entries(wire).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return `/oauth/authorize?${new URLSearchParams(given)}`
}

/** Brings the name and allows what is asked. @returns the address that the client's page is called at */
export async function allow(browser: Visitor, requestUri: string, more: Wire = {}): Promise<URL> {
  let answer = await browser.visit(addressOf(requestUri, more))
  if (answer.location?.startsWith('/oauth/authorize?flow=') === true) {
    const page = await browser.visit(answer.location)
    answer = await browser.submit('/oauth/authorize', { flow: page.field('flow') ?? '', decision: 'allow' })
  }
  return new URL(answer.location ?? 'about:blank')
}
