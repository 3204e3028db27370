// The JWT authenticator of ember-simple-auth-token, on Ember's own objects and run loop (bundled by run.ts).
import { Jwt, setOwner } from './ember-bundle.mjs'

/** All of a page that the authenticator asks for. */
const page = { escape: globalThis.escape }

export async function run({ url, credentials: { username, password, fullName }, advance }) {
  globalThis.window = page
  try {
    const authenticator = authenticatorFor(url)
    const signedIn = await authenticator.authenticate({ username, password })
    const again = await authenticator.restore(signedIn)
    await advance(301)
    const refreshed = await authenticator.restore(again)
    const wrong = await authenticator.authenticate({ username, password: 'wrong' }).then(
      () => null,
      (failure) => failure,
    )
    await advance(86_401)
    const late = await authenticator.restore(refreshed).then(
      () => null,
      (failure) => failure,
    )
    await authenticator.invalidate()
    return {
      'signs in, and reads every letter of a name': signedIn.tokenData.name === fullName,
      'comes back to a page within the token’s time as it was': again.access === signedIn.access,
      'comes back later with tokens that were refreshed':
        refreshed.access !== signedIn.access && refreshed.exp > signedIn.exp,
      'is told of a wrong password': wrong?.status === 401,
      'is told when its time is over': late?.status === 401,
    }
  } finally {
    delete globalThis.window
  }
}

function authenticatorFor(url) {
  const environment = {
    'ember-simple-auth-token': {
      serverTokenEndpoint: `${url}/api/token/`,
      serverTokenRefreshEndpoint: `${url}/api/token/refresh/`,
      tokenPropertyName: 'access',
      refreshTokenPropertyName: 'refresh',
    },
  }
  const properties = {}
  setOwner(properties, {
    resolveRegistration: () => environment,
    lookup: () => undefined,
    factoryFor: () => undefined,
  })
  return Jwt.create(properties)
}
