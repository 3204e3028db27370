// Timers that nobody has to wait for.

/** A timer alone keeps no process alive, where that can be said. */
export function letGo(timer: unknown): void {
  ;(timer as { unref?(): void }).unref?.()
}
