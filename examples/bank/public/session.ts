// The one thing that the widgets share: the session.
import { createClient } from '@countersign/sdk/client'

const config = (await (await fetch('/config.json')).json()) as { issuer: string; clientId: string }

export const { issuer } = config

export const session = createClient({
  ...config,
  scope: 'openid profile email offline_access accounts:read transfers:write',
})
