import { deepEqual, equal } from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { openPage, type Page } from './page.fixture.ts'
import { begin, forgetAll, take } from './transaction.ts'

let page: Page
beforeEach(() => {
  page = openPage('http://localhost/')
})
afterEach(() => page.close())

const attempt = (state: string) => ({ state, verifier: `v${state}`, nonce: `n${state}`, returnTo: '/' })

test('a sign-in is taken up once', () => {
  begin('key', attempt('one'))
  deepEqual(take('key', 'one'), attempt('one'))
  equal(take('key', 'one'), undefined)
  equal(page.sessionStorage.length, 0)
})

test('an unknown state takes nothing and leaves the real one alone', () => {
  begin('key', attempt('one'))
  equal(take('key', 'two'), undefined)
  equal(take('key', null), undefined)
  deepEqual(take('key', 'one'), attempt('one'))
})

test('someone who went back and started again can finish on either page', () => {
  begin('key', attempt('one'))
  begin('key', attempt('two'))
  deepEqual(take('key', 'one'), attempt('one'))
  deepEqual(take('key', 'two'), attempt('two'))
})

test('sign-ins that nobody finishes do not pile up', () => {
  for (let count = 0; count < 20; count++) begin('key', attempt(`s${count}`))
  equal(JSON.parse(page.sessionStorage.getItem('key') ?? '').length, 4)
  forgetAll('key')
  equal(page.sessionStorage.length, 0)
})
