import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** Stripping the types again for each process would take most of the time of these tests. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/sim', import.meta.url))
const MAIN = fileURLToPath(new URL('../../src/sim/main.ts', import.meta.url))

export type Engine = Awaited<ReturnType<typeof launch>>

/** Starts the embedded engine; it is gone when the test is. */
export function launch(...flags: string[]) {
  const child = spawn(process.execPath, [MAIN, '--model', 'tiny', '--load-time', '0', ...flags], {
    env: { ...process.env, NODE_COMPILE_CACHE: CACHE },
  })
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  const closed = once(child.stderr, 'close')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exit
  })
  const seen = async (pattern: RegExp) => {
    for (;;) {
      const found = pattern.exec(output)
      if (found) return found
      await once(child.stdout, 'data')
    }
  }
  const url = async () => (await seen(/listening on (\S+)/))[1] ?? ''
  return {
    child,
    exit,
    seen,
    output: () => output,
    /** All of stderr, once it is closed. */
    errors: async () => {
      await closed
      return errors
    },
    get: async (path: string) => fetch((await url()) + path),
    post: async (path: string, body: unknown) => {
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      return fetch((await url()) + path, { method: 'POST', body: text })
    },
    upload: async (form: FormData) =>
      fetch(`${await url()}/v1/audio/transcriptions`, { method: 'POST', body: form }),
    ask: async (content: string, more: object = {}) =>
      fetch(`${await url()}/v1/chat/completions`, {
        method: 'POST',
        body: JSON.stringify({ model: 'tiny', messages: [{ role: 'user', content }], ...more }),
      }),
  }
}

/** What a stream carries, piece by piece, and when each came, in seconds from the start. */
export async function pieces(response: Response, start: number) {
  const decoder = new TextDecoder()
  const found: { text: string; at: number }[] = []
  for await (const chunk of response.body ?? []) {
    const at = (performance.now() - start) / 1000
    const lines = decoder.decode(chunk, { stream: true }).split('\n').filter(Boolean)
    found.push(...lines.map((text) => ({ text: text.replace(/^data: /, ''), at })))
  }
  return found
}
