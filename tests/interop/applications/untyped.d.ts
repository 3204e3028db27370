// The little that the applications here use of packages whose types are missing, or unreadable without a bundler.
declare module 'simple-oauth2' {
  interface AccessToken {
    readonly token: Readonly<Record<string, unknown>>
    expired(windowSeconds?: number): boolean
    refresh(): Promise<AccessToken>
    revokeAll(): Promise<void>
  }
  interface Settings {
    readonly client: { readonly id: string; readonly secret: string }
    readonly http: { readonly json: boolean }
    readonly auth: Readonly<Record<string, string>>
  }
  export class AuthorizationCode {
    constructor(settings: Settings)
    authorizeURL(parameters: Readonly<Record<string, string | readonly string[]>>): string
    getToken(parameters: Readonly<Record<string, string>>): Promise<AccessToken>
  }
  export class ClientCredentials {
    constructor(settings: Settings)
    getToken(parameters: Readonly<Record<string, string>>): Promise<AccessToken>
  }
}

declare module 'passport-oauth2' {
  type Callback<Values extends readonly unknown[]> = (
    error: { readonly statusCode?: number; readonly data?: string } | null,
    ...values: Values
  ) => void

  /** The package `oauth` that it works with; "protected", in the words of its source: for subclasses. */
  interface TokenClient {
    useAuthorizationHeaderforGET(use: boolean): void
    get(url: string, accessToken: string, callback: Callback<[body: string]>): void
    getOAuthAccessToken(
      token: string,
      parameters: Readonly<Record<string, string>>,
      callback: Callback<[access: string, refresh: string, answer: Readonly<Record<string, string>>]>,
    ): void
  }

  export class Strategy {
    constructor(
      options: Record<string, unknown>,
      verify: (
        access: string,
        refresh: string,
        answer: Readonly<Record<string, string>>,
        profile: object,
        done: (error: unknown, user?: object) => void,
      ) => void,
    )
    protected _oauth2: TokenClient
    userProfile(accessToken: string, done: (error: unknown, profile?: object) => void): void
  }
}

declare module '@openid/appauth' {
  type StringMap = Record<string, string>
  export interface LocationLike {
    hash: string
    host: string
    origin: string
    hostname: string
    pathname: string
    port: string
    protocol: string
    search: string
    assign(url: string): void
  }
  export interface UnderlyingStorage {
    readonly length: number
    clear(): void
    getItem(key: string): string | null
    removeItem(key: string): void
    setItem(key: string, text: string): void
  }
  export function setFlag(flag: 'IS_LOG', value: boolean): void
  export class NodeCrypto {
    generateRandom(size: number): string
  }
  export class FetchRequestor {
    xhr(settings: object): Promise<unknown>
  }
  export class AuthorizationServiceConfiguration {
    readonly tokenEndpoint: string
    static fetchFromIssuer(
      issuer: string,
      requestor: FetchRequestor,
    ): Promise<AuthorizationServiceConfiguration>
  }
  export class LocalStorageBackend {
    constructor(storage: UnderlyingStorage)
    clear(): Promise<void>
  }
  export class BasicQueryStringUtils {
    parse(location: LocationLike, useHash?: boolean): StringMap
  }
  export class AuthorizationRequest {
    static RESPONSE_TYPE_CODE: string
    readonly internal?: StringMap
    constructor(request: StringMap, crypto: NodeCrypto)
  }
  export class AuthorizationNotifier {
    setAuthorizationListener(
      listener: (
        request: AuthorizationRequest,
        response: { readonly code: string } | null,
        error: { readonly error: string } | null,
      ) => void,
    ): void
  }
  class ByRedirect {
    constructor(
      storage: LocalStorageBackend,
      utils: BasicQueryStringUtils,
      location: LocationLike,
      crypto: NodeCrypto,
    )
    setAuthorizationNotifier(notifier: AuthorizationNotifier): void
    performAuthorizationRequest(
      server: AuthorizationServiceConfiguration,
      request: AuthorizationRequest,
    ): void
    completeAuthorizationRequestIfPossible(): Promise<void>
  }
  export const GRANT_TYPE_AUTHORIZATION_CODE: string
  export const GRANT_TYPE_REFRESH_TOKEN: string
  export class TokenRequest {
    constructor(request: {
      readonly grant_type: string
      readonly client_id: string
      readonly redirect_uri: string
      readonly code?: string
      readonly refresh_token?: string
      readonly extras: StringMap
    })
  }
  export class RevokeTokenRequest {
    constructor(request: {
      readonly token: string
      readonly client_id: string
      readonly client_secret: string
    })
  }
  export interface TokenResponse {
    readonly accessToken: string
    readonly refreshToken?: string
    readonly idToken?: string
    isValid(bufferSeconds?: number): boolean
  }
  class TokenRequests {
    constructor(requestor: FetchRequestor)
    performTokenRequest(
      server: AuthorizationServiceConfiguration,
      request: TokenRequest,
    ): Promise<TokenResponse>
    performRevokeTokenRequest(
      server: AuthorizationServiceConfiguration,
      request: RevokeTokenRequest,
    ): Promise<boolean>
  }

  export { ByRedirect as RedirectRequestHandler, TokenRequests as BaseTokenRequestHandler }
}
