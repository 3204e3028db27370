// What is said of an export once it is written.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { exportFormats } from '../../../admin/moving/formats.ts'
import { summaryOf } from './export.ts'

function said(name: keyof typeof exportFormats, counts: Readonly<Record<string, number>>): string {
  const format = exportFormats[name]()
  const lines = summaryOf(new Map(Object.entries(counts)), { name, to: 'people', format, signingKeys: false })
  return lines.map(stripVTControlCharacters).join('\n')
}

test('nobody loses the password that the system before has of them without a word', () => {
  const words = /Of 2 people there is no password here: loaddata takes away any that Django has of them\./
  assert.match(said('django', { user: 3, role: 1, noPassword: 2 }), words)
  assert.doesNotMatch(said('django', { user: 3, role: 1 }), /no password/)
  assert.doesNotMatch(said('countersign', { user: 3, role: 1, noPassword: 2 }), /no password/)
})

test('of what a form has no place for nothing is said', () => {
  assert.match(said('rails', { user: 3 }), /^Written people: 3 people as a table for Rails \(CSV\)\.$/m)
  assert.match(said('django', { user: 1, role: 2 }), /^Written people: 1 person and 2 roles as a fixture/m)
})
