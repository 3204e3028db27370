// Asking the server in a hidden frame whether someone is signed in (OpenID Connect Core §3.1.2.1, prompt=none).
// The server only redirects; the page that ends up in the frame is the application's own callback page.
import { AuthError } from './errors.ts'

/** A person waits for this with an unfilled page, and a refusal takes milliseconds. */
const limitMs = 5000

/**
 * When this page is the callback inside such a frame, passes the answer up and says so: nothing else may happen then.
 * Only to our own origin, and only answers that a frame asked for: a real callback in a framed application stays.
 */
export function answerFrame(answer: URLSearchParams): boolean {
  const framed = parent !== window && answer.get('state')?.startsWith('s.') === true
  if (framed) parent.postMessage(answer.toString(), location.origin)
  return framed
}

/** @throws AuthError `timeout`, or `network` when the frame shows something that isn't ours (an error page) */
export function askInFrame(url: string, state: string): Promise<URLSearchParams> {
  const frame = document.createElement('iframe')
  frame.hidden = true
  let listen: (event: MessageEvent) => void
  let timer: ReturnType<typeof setTimeout>
  return new Promise<URLSearchParams>((resolve, reject) => {
    listen = (event) => {
      if (event.origin !== location.origin || event.source !== frame.contentWindow) return
      const answer = new URLSearchParams(String(event.data))
      if (answer.get('state') === state) resolve(answer)
    }
    timer = setTimeout(() => reject(new AuthError('timeout')), limitMs)
    frame.onload = () => {
      try {
        // Readable only when the frame has come home; its message is then on the way.
        void frame.contentWindow?.location.href
      } catch {
        reject(new AuthError('network'))
      }
    }
    addEventListener('message', listen)
    frame.src = url
    document.documentElement.append(frame)
  }).finally(() => {
    clearTimeout(timer)
    removeEventListener('message', listen)
    frame.remove()
  })
}
