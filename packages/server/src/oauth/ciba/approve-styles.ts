// The looks of the pages of /approve alone: the words to compare, every space of them, and the list of what waits.
import { css } from '../../platform/html/stylesheet.ts'

export const approveStyles = css`
.the-words { display: inline-block; max-width: 100%; box-sizing: border-box; padding: .5rem .75rem; font: 600 1.375rem/1.25 var(--digits); white-space: pre-wrap; overflow-wrap: anywhere; background: var(--stub); border: 1px dashed var(--edge); border-radius: var(--round) }
.waiting { margin-top: 1.25rem; padding: 0; list-style: none }
.waiting li { padding: .875rem 0; border-top: 1px solid var(--rule); overflow-wrap: anywhere }
.waiting .said { margin-top: .25rem; font-family: var(--digits); white-space: pre-wrap }
.waiting a { display: inline-block; margin-top: .5rem }
`
