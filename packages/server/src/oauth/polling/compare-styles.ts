// The looks of pages that ask for something that waits elsewhere: what is to be compared, large enough to do so at a
// glance, and the warning.
import { css } from '../../platform/html/stylesheet.ts'

export const compareStyles = css`
.compare { margin-top: 1.25rem }
.compare dt { color: var(--soft); font-size: var(--small) }
.compare dd { margin-top: .375rem }
.compare dd + dt { margin-top: 1rem }
.the-code { display: inline-block; padding: .5rem .75rem; font: 600 1.75rem/1.1 var(--digits); letter-spacing: .08em; background: var(--stub); border: 1px dashed var(--edge); border-radius: var(--round) }
.beware { margin-top: 1.5rem; padding: .875rem 1rem; border: 1px solid var(--alarm); border-left-width: 4px; border-radius: var(--round); background: var(--alarm-wash) }
.beware h2 { font-size: 1rem; color: var(--alarm) }
.beware p { margin-top: .25rem }
.beware + .lead { margin-top: 1.5rem }
`
