// The little that the test's application uses of two packages that carry no types.
declare module 'passport' {
  import type { RequestHandler } from 'express'

  interface Passport {
    use(name: string, strategy: object): Passport
    use(strategy: object): Passport
    initialize(): RequestHandler
    session(): RequestHandler
    authenticate(name: string | readonly string[], options?: object): RequestHandler
    serializeUser(write: (user: object, done: (error: unknown, stored: object) => void) => void): void
    deserializeUser(read: (stored: object, done: (error: unknown, user: object) => void) => void): void
  }
  interface Library extends Passport {
    readonly Passport: new () => Passport
  }
  const passport: Library
  export default passport
}

declare module 'passport-openidconnect' {
  import type { Request } from 'express'

  interface Profile {
    readonly id: string
    readonly displayName?: string
    readonly emails?: readonly { readonly value: string }[]
  }
  type Verify = (
    issuer: string,
    profile: Profile,
    context: object,
    idToken: string,
    done: (error: unknown, user?: object) => void,
  ) => void

  /** What it exchanges codes with; "protected", in the words of its source: for subclasses. */
  interface TokenClient {
    getOAuthAccessToken(code: string, params: Record<string, string>, callback: unknown): void
  }

  export class Strategy {
    constructor(options: Record<string, unknown>, verify: Verify)
    protected _oauth2: TokenClient
    authenticate(request: Request, options?: object): void
    authorizationParams(options: object): Record<string, string>
  }
}
