import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { createEvents } from './events.ts'
import type { User } from './types.ts'

const ada: User = { sub: 'ada' }
const grace: User = { sub: 'grace' }
const microtasks = () => new Promise((resolve) => setImmediate(resolve))

test('every listener is told, and none before `emit` has returned', async () => {
  const events = createEvents()
  const told: string[] = []
  for (const name of ['one', 'two', 'three']) events.on('login', (user) => told.push(`${name} ${user.sub}`))
  events.emit('login', ada)
  deepEqual(told, [])
  await microtasks()
  deepEqual(told, ['one ada', 'two ada', 'three ada'])
})

test('a late listener is told how things stand, once', async () => {
  const events = createEvents()
  const told: string[] = []
  events.emit('login', ada)
  events.on('login', (user) => told.push(user.sub))
  await microtasks()
  deepEqual(told, ['ada'])
})

test('a late listener is not told what is no longer true', async () => {
  const events = createEvents()
  const told: string[] = []
  events.emit('login', ada)
  events.emit('token', { accessToken: 'a', expiresAt: 1 })
  events.emit('logout', undefined)
  events.on('login', () => told.push('login'))
  events.on('token', () => told.push('token'))
  events.on('logout', () => told.push('logout'))
  await microtasks()
  deepEqual(told, ['logout'])
})

test('who stops listening hears nothing more, not even what was already said', async () => {
  const events = createEvents()
  const told: string[] = []
  const stop = events.on('login', (user) => told.push(user.sub))
  events.emit('login', ada)
  stop()
  await microtasks()
  deepEqual(told, [])
})

test('the same function may listen twice, and stops one by one', async () => {
  const events = createEvents()
  const told: string[] = []
  const listener = (user: User) => told.push(user.sub)
  const stop = events.on('login', listener)
  events.on('login', listener)
  stop()
  events.emit('login', grace)
  await microtasks()
  deepEqual(told, ['grace'])
})
