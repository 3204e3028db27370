// What the programs here share: all that they know of the server, the browser of the tests, and what they say.
import { strict as assert } from 'node:assert'

export const {
  ISSUER: issuer,
  CLIENT_ID: clientId,
  CLIENT_SECRET: clientSecret,
  REDIRECT_URI: redirectUri,
  POST_LOGOUT_REDIRECT_URI: postLogoutRedirectUri,
} = process.env

/** Has the browser of the tests go to an address; where that led. */
export async function walk(to) {
  const answer = await fetch(`${process.env.BROWSER}/walk?${new URLSearchParams({ to })}`)
  const text = await answer.text()
  assert.equal(answer.status, 200, text)
  return new URL(text)
}

export const done = (step) => console.log('done', step)

/** A step that the library leaves to its caller. */
export const byHand = (step) => console.log('by hand', step)
