// AppAuth for JavaScript: written for pages, so it is bundled as a page's code is, and gets a location and a storage to
// work with. It works as a program without a secret would, with one in its requests.
import { equal, notEqual, ok, rejects } from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import type { LocationLike, UnderlyingStorage } from '@openid/appauth'
import { rolldown } from 'rolldown'
import type { ClientRun } from '../client-run.ts'
import { isActive, isSignedOut, leave, metadataOf, userInfo } from './by-hand.ts'

type Library = typeof import('@openid/appauth')

/** Its modules import each other without extensions: a bundler's business. */
async function load(): Promise<Library> {
  const entry = `export * from '@openid/appauth'
    export { NodeCrypto } from '@openid/appauth/built/src/node_support/crypto_utils.js'`
  const built = await rolldown({
    input: 'entry',
    cwd: fileURLToPath(new URL('../../../', import.meta.url)),
    platform: 'node',
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (id === 'entry' ? '\0entry' : null),
        load: (id) => (id === '\0entry' ? entry : null),
      },
    ],
  })
  const { output } = await built.generate({ format: 'es' })
  await built.close()
  const library: Library = await import(`data:text/javascript,${encodeURIComponent(output[0].code)}`)
  library.setFlag('IS_LOG', false)
  return library
}

export async function appauth(run: ClientRun): Promise<void> {
  const library = await load()
  const requestor = new library.FetchRequestor()
  const server = await library.AuthorizationServiceConfiguration.fetchFromIssuer(run.issuer, requestor)
  equal(server.tokenEndpoint, `${run.issuer}/oauth/token`)
  run.done('discovery')

  const extras = { client_secret: run.clientSecret }
  const authorization = await authorize(library, run, server)
  const tokens = new library.BaseTokenRequestHandler(requestor)
  const own = { client_id: run.clientId, redirect_uri: run.redirectUri }
  const first = await tokens.performTokenRequest(
    server,
    new library.TokenRequest({
      ...own,
      grant_type: library.GRANT_TYPE_AUTHORIZATION_CODE,
      code: authorization.code,
      extras: { ...extras, code_verifier: authorization.verifier },
    }),
  )
  ok(first.isValid(10))
  run.done('code')

  const refresh = (refresh_token: string | undefined) =>
    tokens.performTokenRequest(
      server,
      new library.TokenRequest({
        ...own,
        grant_type: library.GRANT_TYPE_REFRESH_TOKEN,
        ...(refresh_token === undefined ? {} : { refresh_token }),
        extras,
      }),
    )
  const renewed = await refresh(first.refreshToken)
  notEqual(renewed.refreshToken, first.refreshToken)
  run.done('refresh')

  const metadata = await metadataOf(run)
  equal((await userInfo(metadata, renewed.accessToken))['email'], 'ada@example.test')
  run.byHand('userinfo')
  equal(await isActive(run, metadata, renewed.accessToken), true)
  run.byHand('introspection')
  const revoked = new library.RevokeTokenRequest({
    token: renewed.refreshToken ?? '',
    client_id: run.clientId,
    client_secret: run.clientSecret,
  })
  ok(await tokens.performRevokeTokenRequest(server, revoked))
  equal(await isActive(run, metadata, renewed.accessToken), false)
  await rejects(refresh(renewed.refreshToken))
  run.done('revocation')

  await leave(run, metadata, first.idToken ?? '')
  await isSignedOut(run, authorization.address)
  run.byHand('logout')
}

/** Leaves for the server, and reads the answer in the address of the page that it comes back to. */
async function authorize(
  { AuthorizationNotifier, AuthorizationRequest, BasicQueryStringUtils, NodeCrypto, ...library }: Library,
  run: ClientRun,
  server: Awaited<ReturnType<Library['AuthorizationServiceConfiguration']['fetchFromIssuer']>>,
) {
  // The library looks for the answer behind the `#`, where no code comes.
  class Query extends BasicQueryStringUtils {
    override parse(location: LocationLike): Record<string, string> {
      return super.parse(location, false)
    }
  }
  const page = openPage(run.redirectUri)
  const crypto = new NodeCrypto()
  const storage = new library.LocalStorageBackend(openStorage())
  const handler = new library.RedirectRequestHandler(storage, new Query(), page, crypto)
  const notifier = new AuthorizationNotifier()
  handler.setAuthorizationNotifier(notifier)
  const request = new AuthorizationRequest(
    {
      response_type: AuthorizationRequest.RESPONSE_TYPE_CODE,
      client_id: run.clientId,
      redirect_uri: run.redirectUri,
      scope: 'openid email offline_access',
    },
    crypto,
  )
  handler.performAuthorizationRequest(server, request)
  const address = await page.left
  page.arrive(await run.browser.walk(address))
  const answered = new Promise<{ code: string; verifier: string }>((resolve, reject) =>
    notifier.setAuthorizationListener(({ internal }, response, error) => {
      if (response) resolve({ code: response.code, verifier: internal?.['code_verifier'] ?? '' })
      else reject(new Error(error?.error ?? 'no answer'))
    }),
  )
  await handler.completeAuthorizationRequestIfPossible()
  return { address, ...(await answered) }
}

function openPage(address: string) {
  const { promise: left, resolve } = Promise.withResolvers<string>()
  const page: LocationLike & { left: Promise<string>; arrive(at: URL): void } = {
    left,
    hash: '',
    host: '',
    origin: '',
    hostname: '',
    pathname: '',
    port: '',
    protocol: '',
    search: '',
    assign: resolve,
    arrive: ({ hash, host, origin, hostname, pathname, port, protocol, search }) =>
      void Object.assign(page, { hash, host, origin, hostname, pathname, port, protocol, search }),
  }
  page.arrive(new URL(address))
  return page
}

function openStorage(): UnderlyingStorage {
  const kept = new Map<string, string>()
  return {
    get length() {
      return kept.size
    },
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
    clear: () => kept.clear(),
  }
}
