// What can be ticked on the pages that ask a person.
import type { Box, Part } from '../../../packages/server/src/oauth/authorize/boxes.ts'
import { identityWords } from '../../../packages/server/src/oauth/authorize/identity-words.ts'
import type { Say } from './state.ts'

/** A box with nothing special about it. */
export const bare = { facts: [], lists: [], required: false, ticked: true, eachTime: false }

/** What is asked for about a person. */
export function aboutMe(...scopes: string[]): Part {
  const boxes = scopes.map((name): Box => {
    const [title, detail] = identityWords.get(name) ?? [name, '']
    const key = `scope:${name}`
    return { ...bare, key, title, detail: detail === '' ? null : detail, required: name === 'openid' }
  })
  return { api: null, boxes }
}

export const bankApi = (say: Say) => ({ name: say('Bank API'), identifier: say('http://localhost:4401/api') })

export const accounts = (say: Say): Box => ({
  ...bare,
  key: 'scope:accounts:read',
  title: say('See your accounts and their balances'),
  detail: say('accounts:read'),
})
export const transfers = (say: Say): Box => ({
  ...bare,
  key: 'scope:transfers:write',
  title: say('Transfer money from your accounts'),
  detail: say('transfers:write'),
})
