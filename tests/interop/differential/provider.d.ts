// What the other side of the comparison uses of the peer beyond what the benchmark does; the package carries no types.
declare module 'oidc-provider' {
  /** A kind of thing that it stores. */
  export interface Minted {
    new (fields: object): Stored
    find(value: string): Promise<Stored>
  }
  interface Stored {
    addOIDCScope(scope: string): void
    addResourceScope(resource: string, scope: string): void
    /** @returns its value, as clients see it */
    save(): Promise<string>
  }
  interface Provider {
    readonly Grant: Minted
    readonly Client: Minted
    readonly AuthorizationCode: Minted
    readonly AccessToken: Minted
    readonly DeviceCode: Minted
  }
  export const errors: { readonly InvalidTarget: new () => Error }
}
