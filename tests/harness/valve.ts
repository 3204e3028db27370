// A way to a server that a test can close: the network between two machines, which cuts connections or swallows bytes.
import { connect, createServer, type Socket } from 'node:net'

export interface Valve extends AsyncDisposable {
  readonly port: number
  /** From now on nothing passes, and nobody is told: connections stay, and bytes go nowhere. */
  shut(): void
  /** New connections pass again; those that were swallowed are cut. */
  open(): void
  /** Cuts every connection. */
  cut(): void
}

/** Opens a way to a port of this machine. */
export async function openValve(to: number): Promise<Valve> {
  const sockets = new Set<Socket>()
  let isShut = false
  const keep = (socket: Socket): Socket => {
    sockets.add(socket)
    // What breaks off is what tests are about.
    socket.on('error', () => {})
    return socket.on('close', () => sockets.delete(socket))
  }
  const server = createServer((near) => {
    keep(near)
    const far = keep(connect(to, '127.0.0.1'))
    near.on('data', (bytes) => void (isShut || far.write(bytes)))
    far.on('data', (bytes) => void (isShut || near.write(bytes)))
    near.on('close', () => far.destroy())
    far.on('close', () => void (isShut || near.destroy()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    shut: () => {
      isShut = true
    },
    open: () => {
      isShut = false
      cut()
    },
    cut,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      cut()
      await closed
    },
  }
}
