#!/usr/bin/env node
/**
 * The command `countersign`. This file only makes sure that Node is new enough to read the rest, so that an older
 * one gets a sentence instead of a stack trace.
 */
// Not by name: where an older Node lacks it, a named import would fail before the sentence below.
import module from 'node:module'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 24 || (major === 24 && minor < 15)) {
  process.stderr.write(
    `Countersign needs Node.js 24.15 or newer; this is ${process.version}. Install a current Node.js from https://nodejs.org.\n`,
  )
  process.exitCode = 1
} else {
  module.enableCompileCache()
  const { mindStandardStreams } = await import('./outlet.ts')
  mindStandardStreams()
  const { runProgram } = await import('./program.ts')
  await runProgram(process.argv)
}
