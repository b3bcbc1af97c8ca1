import { say } from '../command.ts'

/** From when on it is said what is being done. */
const PATIENCE_MS = 2_000

/** Does something that may take long; from two seconds on says on stderr what it is. `text` is asked each second. */
export async function patiently<Value>(
  text: () => string,
  work: () => Promise<Value>,
): Promise<Value> {
  let last = ''
  const tell = (): void => {
    const now = text()
    if (now !== last) say(now)
    last = now
  }
  const timer = setInterval(tell, PATIENCE_MS)
  timer.unref()
  try {
    return await work()
  } finally {
    clearInterval(timer)
  }
}
