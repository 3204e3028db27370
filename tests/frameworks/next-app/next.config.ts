import { fileURLToPath } from 'node:url'

// Above this folder: the application is built where Next is installed, in a folder of its own.
export default { turbopack: { root: fileURLToPath(new URL('..', import.meta.url)) } }
