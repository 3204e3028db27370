// A whole server for tests, when the package `countersign` is installed beside this one. It is asked for by name at the
// moment of the call: the SDK depends on no server.

/** Somebody who can sign in. */
export interface TestUser {
  readonly issuer: string
  /** `sub` in their tokens. */
  readonly subject: string
  readonly username: string
  readonly email: string
  readonly password: string
}

/** An application as the server is to know it. */
export interface TestClient {
  readonly id: string
  readonly name: string
  /** `none` for applications without a secret, such as those in a browser. */
  readonly authentication?: 'none' | 'client_secret_basic' | 'client_secret_post'
  /** At least 32 characters. */
  readonly secret?: string
  readonly redirectUris?: readonly string[]
  readonly postLogoutRedirectUris?: readonly string[]
  readonly scopes?: readonly string[]
}

/** An API whose access tokens the server issues. */
export interface TestApi {
  /** `aud` of its tokens. */
  readonly identifier: string
  readonly scopes?: readonly { readonly name: string; readonly description: string }[]
}

/** Who and what is there beside the people and clients of every development server. */
export interface TestServerOptions {
  /** By their user names; everyone's password is that of the seeded people unless told. */
  readonly users?: Readonly<Record<string, { readonly name?: string; readonly password?: string }>>
  readonly clients?: readonly TestClient[]
  readonly apis?: readonly TestApi[]
  /** The origin that the seeded clients `demo-spa` and `demo-machine` are registered for: the sample bank's unless told. */
  readonly application?: string
}

/** A server that runs in this process. */
export interface TestServer extends AsyncDisposable {
  /** `http://localhost:` and a free port. */
  readonly issuer: string
  /** Somebody who can sign in: `ada`, `grace`, `tim`, `admin`, or one of the options. @throws Error for anybody else */
  user(username: string): TestUser
  /** Moves the server's clock ahead, so that tokens and sessions end. */
  advance(seconds: number): void
  /** Stops it; nothing of it stays. */
  close(): Promise<void>
}

interface ServersFace {
  createTestServer(options: TestServerOptions): Promise<
    Omit<TestServer, 'user' | typeof Symbol.asyncDispose> & {
      readonly users: Readonly<Record<string, TestUser>>
    }
  >
}

/**
 * Starts a whole server in this process, on a database in memory: sign-in pages, tokens, revocation, everything.
 *
 * @throws Error when the package `countersign` is not installed, or refuses what the options describe
 * @example
 * await using server = await testServer({ application: 'http://localhost:3000' })
 * await signInAs(page, server.user('ada'))
 */
export async function testServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { createTestServer } = await serversFace()
  const { users, close, ...server } = await createTestServer(options)
  return {
    ...server,
    close,
    user: (username) => {
      const found = Object.hasOwn(users, username) ? users[username] : undefined
      if (found === undefined)
        throw new Error(`Nobody is called ${username}; there are ${Object.keys(users).join(', ')}.`)
      return found
    },
    [Symbol.asyncDispose]: close,
  }
}

async function serversFace(): Promise<ServersFace> {
  // As a value, so that neither compiler nor bundler looks for what need not be there.
  const name: string = 'countersign/testing'
  try {
    return (await import(name)) as ServersFace
  } catch (cause) {
    throw new Error('testServer() needs the package countersign: npm install --save-dev countersign', {
      cause,
    })
  }
}
