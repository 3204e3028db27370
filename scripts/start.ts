// `npm start`: the development server and the sample bank, seeded, in one terminal. This file only turns the compile
// cache on before anything else is read, so that every start but the first is a quick one.
import { enableCompileCache } from 'node:module'

enableCompileCache()
await import('./with-bank.ts')
