// The one thing that the widgets share: the session.
import { createClient } from '@countersign/sdk/client'

const { issuer, clientId } = (await (await fetch('/config.json')).json()) as {
  issuer: string
  clientId: string
}

export const session = createClient({
  issuer,
  clientId,
  scope: 'openid profile email offline_access accounts:read transfers:write',
})
