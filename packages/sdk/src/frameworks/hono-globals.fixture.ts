// @hono/node-server puts its own Request and Response in the place of the platform's as soon as it serves; a test file
// that serves with it lets the next one have the platform's.
import { after } from 'node:test'

/** Call at the top of a test file. */
export function givePlatformBack(): void {
  const { Request, Response } = Object.getOwnPropertyDescriptors(globalThis)
  after(() => void Object.defineProperties(globalThis, { Request, Response }))
}
