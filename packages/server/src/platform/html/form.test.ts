import assert from 'node:assert/strict'
import test from 'node:test'
import { buttonLink, field, form, link } from './form.ts'
import type { Frame } from './layout.ts'

const frame: Frame = { nonce: 'n', lang: 'en', csrf: 'the-form-token', product: 'Countersign' }

test('a form carries the form token of its browser', () => {
  const made = String(
    form({ action: '/sign-in', hidden: { continue: 'sealed', none: undefined }, content: '' }, frame),
  )
  assert.match(made, /^<form method="post" action="\/sign-in" novalidate>/)
  assert.match(made, /<input type="hidden" name="form_token" value="the-form-token">/)
  assert.match(made, /<input type="hidden" name="continue" value="sealed">/)
  assert.doesNotMatch(made, /name="none"/)
})

test('a form with a form token, a link and a button never lead away from this server', () => {
  for (const target of [
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    'javascript:alert(1)',
    '',
  ]) {
    assert.throws(() => form({ action: target, content: '' }, frame), TypeError)
    assert.throws(() => link(target, 'here'), TypeError)
    assert.throws(() => buttonLink(target, 'here'), TypeError)
  }
})

test('a field says its problem and its hint where assistive technology finds them', () => {
  const problems = [
    { field: 'email', message: 'Enter your e-mail address' },
    { message: 'of the whole form' },
  ]
  const made = String(
    field({ name: 'email', label: 'E-mail', autocomplete: 'email', hint: 'We send nothing', problems }),
  )
  assert.match(made, /aria-describedby="email-problem email-hint" aria-invalid="true"/)
  assert.match(made, /<p class="field-problem" id="email-problem">Enter your e-mail address<\/p>/)
  assert.match(made, /<p class="hint" id="email-hint">We send nothing<\/p>/)
})

test('a field without problem or hint refers to nothing', () => {
  const made = String(
    field({ name: 'name', label: 'Name', autocomplete: 'name', problems: [], optional: true }),
  )
  assert.doesNotMatch(made, /aria-|required/)
})

test('a password is never written back into its field', () => {
  const made = String(
    field({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password' }),
  )
  assert.doesNotMatch(made.match(/<input[^>]*>/)?.[0] ?? '', /value=/)
})
