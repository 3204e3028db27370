// The looks of the device's pages alone: the field for the code.
import { css } from '../../platform/html/stylesheet.ts'

export const deviceStyles = css`
.body #user_code { width: 11ch; max-width: 100%; min-height: 2.5rem; padding: .5rem .75rem; box-sizing: content-box; font: 600 1.75rem/1 var(--digits); letter-spacing: .08em; text-transform: uppercase }
`
