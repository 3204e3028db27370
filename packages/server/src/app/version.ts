// The version of this server, from its own package.
import { createRequire } from 'node:module'

const manifest = createRequire(import.meta.url)('countersign/package.json') as { version: string }

/** The version of this package. */
export const version: string = manifest.version
