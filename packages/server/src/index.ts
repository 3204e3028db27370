// What programs import from `countersign`: stating a configuration, and embedding the server.
export { defineConfig } from './app/config-file.ts'
export { createCountersign, type Embedded } from './app/embed.ts'
export type { Config } from './app/settings-table.ts'
export { type Carrier, LetterRefused, type OutgoingLetter } from './platform/mail/carrier.ts'
