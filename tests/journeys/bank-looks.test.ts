// The bank is what a newcomer sees first: nothing for axe to find in either theme, no sideways scrolling on a small
// phone. COUNTERSIGN_SCREENSHOTS=folder keeps the pictures.
import { deepEqual, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { browserSkip, type Page, screenshot, violations, withPage } from '../harness/browser.ts'
import { serverOfThisFile } from '../harness/server.ts'
import { ada, empty, signIn, tim } from './bank-steps.ts'

const skip = browserSkip()
const on = serverOfThisFile({ bank: true, skip })

async function look(page: Page, name: string): Promise<void> {
  deepEqual(await violations(page), [], name)
  const [wide, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
  ok(Number(wide) <= Number(window), `${name} is ${wide} px wide in a window of ${window}`)
  await screenshot(page, name)
}

for (const colorScheme of ['light', 'dark'] as const)
  for (const [size, viewport] of Object.entries({
    wide: { width: 1100, height: 800 },
    narrow: { width: 320, height: 700 },
  }))
    test(`the bank is whole in ${colorScheme}, ${size}, signed out and in`, { skip }, async () => {
      await withPage(
        async (page) => {
          await page.goto(on.bank)
          await empty(page)
          await look(page, `bank-out.${colorScheme}.${size}`)
          const tops = await page
            .locator('.people button')
            .evaluateAll((ways) => ways.map((way) => way.getBoundingClientRect().top))
          if (size === 'wide') deepEqual(new Set(tops).size, 1, 'the ways in stand in one line')
          // The teller has the most to show; a customer has the form.
          const person = size === 'wide' ? ada : tim
          await signIn(on, page, person)
          await look(page, `bank-in.${colorScheme}.${size}`)
        },
        { colorScheme, viewport },
      )
    })
