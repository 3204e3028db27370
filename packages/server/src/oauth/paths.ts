/** The addresses of this room; clients find them in the metadata. */
export const paths = {
  authorize: '/oauth/authorize',
  token: '/oauth/token',
  par: '/oauth/par',
  introspect: '/oauth/introspect',
  revoke: '/oauth/revoke',
  revocations: '/oauth/revocations',
  userinfo: '/oauth/userinfo',
  jwks: '/oauth/jwks',
  logout: '/oauth/logout',
  signedOut: '/oauth/signed-out',
  device: '/oauth/device',
  devicePage: '/device',
  openidConfiguration: '/.well-known/openid-configuration',
  authorizationServer: '/.well-known/oauth-authorization-server',
  withdraw: '/account/connected/revoke',
} as const
