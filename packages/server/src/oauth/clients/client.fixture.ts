// A client as a value, for tests that need no house.
import { blankClient } from './blank.ts'
import type { Client } from './client.ts'

/** A public client of the code grant at https://web.example/cb, but for `changes`. */
export function aClient(changes: Partial<Client> = {}): Client {
  return {
    ...blankClient,
    id: 'web',
    name: 'Web',
    redirectUris: ['https://web.example/cb'],
    grants: ['authorization_code'],
    ...changes,
  }
}
