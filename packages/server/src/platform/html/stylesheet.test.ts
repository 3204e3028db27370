import assert from 'node:assert/strict'
import test from 'node:test'
import {
  baseStyles,
  consentStyles,
  css,
  pickStyles,
  sheetStyles,
  slipStyles,
  welcomeStyles,
} from './stylesheet.ts'

test('taking out needless space keeps every selector and value apart', () => {
  const made = css`
    /* a note */
    .a .b , .c > .d { margin : 0 auto; color: red; }
    @media (min-width: 46rem) { .a :hover { width: calc(1rem + 2px) } }
  `
  assert.equal(
    made,
    '.a .b,.c>.d{margin :0 auto;color:red}@media (min-width:46rem){.a :hover{width:calc(1rem + 2px)}}',
  )
})

test('no stylesheet fetches anything or could end its element', () => {
  for (const styles of [baseStyles, slipStyles, sheetStyles, consentStyles, pickStyles, welcomeStyles]) {
    assert.doesNotMatch(styles, /url\(|@import|</)
  }
})

test('every token that is used is defined, and dark defines no token that light does not', () => {
  const all = [baseStyles, slipStyles, sheetStyles, consentStyles, pickStyles, welcomeStyles].join('')
  const [light = '', dark = ''] = baseStyles.split('@media (prefers-color-scheme:dark)')
  const defined = (text: string) => new Set([...text.matchAll(/(--[\w-]+):/g)].map(([, name]) => name ?? ''))
  for (const [, name] of all.matchAll(/var\((--[\w-]+)/g))
    assert.ok(defined(light).has(name ?? ''), `${name} is not defined`)
  assert.deepEqual(
    [...defined(dark)].filter((name) => !defined(light).has(name)),
    [],
  )
})
