import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { JarvisError } from '../errors.ts'
import { visibleText } from '../host/plain-text.ts'
import { ServiceError } from './exchange.ts'
import { withoutFalseFrames } from './false-frames.ts'
import { registerMatchers } from './matchers/register.ts'

interface Frame {
  file: string
}
type Parse = (error: object) => Frame[]

/** Vitest's own reader of stacks, which is not exported: in its files by its name. */
async function readerOfVitest(): Promise<Parse> {
  const require = createRequire(import.meta.url)
  const chunks = join(dirname(require.resolve('vitest/package.json')), 'dist/chunks')
  const file = readdirSync(chunks).find((name) => /^source-map\..*\.js$/.test(name))!
  const module = (await import(pathToFileURL(join(chunks, file)).href)) as Record<string, unknown>
  const all = Object.values(module).filter((one) => typeof one === 'function')
  return all.find(({ name }) => name === 'parseErrorStacktrace') as unknown as Parse
}

const parse = await readerOfVitest()
registerMatchers()

const hostile = [
  'openai://gpt@http://127.0.0.1:9 cannot be used: http://127.0.0.1:9/v1/models does not answer (bad port): check it.',
  'openai://gpt@http://127.0.0.1:8000 cannot be used: there is no list of models',
  'openai://gpt@https://[::1]:443 answered:1:2',
  'gpt@http: bad port:1:2',
  'me@example.com:12:34',
  'said:\nat http://x: y:1:2',
  'said:\r\n   at http://x: y:1:2\r\nand more',
  'said:\n\n\n\tat (http://x: y:1:2)\n    at fn (/etc/passwd:1:2)',
  'said: a\rat http://x: y:1:2',
  'said:\n at file://%zz:1:2\n at eval (native)',
  'said:\n    at async http://x: y:1:2\u2028at http://y: z:3:4',
  'said:\u2029  at http://x: y:1:2',
]

/** An error as it goes to Vitest's main process. */
function sent(error: object): object {
  const names = Object.getOwnPropertyNames(error)
  return Object.fromEntries(names.map((name) => [name, (error as Record<string, unknown>)[name]]))
}

const own = expect.stringContaining('false-frames.test.ts')

describe.for(hostile)('what reads %j', (message) => {
  it('is no frame in a sentence of jarvis', () => {
    const error = new JarvisError('SERVICE_FAILED', message)
    expect(parse(sent(error))).toEqual([])
    expect(parse(error)).toEqual([])
    expect(error.message).toBe(visibleText(message))
  })

  it('is no frame in an error of a service, which keeps its own', () => {
    const frames = parse(sent(new ServiceError(message, null, null)))
    expect(frames[0]).toMatchObject({ file: own })
  })

  it('is no frame in what a matcher says', () => {
    let thrown: unknown
    try {
      expect(message).toMatchTranscript('nothing of it')
    } catch (error) {
      thrown = error
    }
    const frames = parse(sent(thrown as Error))
    expect(frames[0]).toMatchObject({ file: own })
  })

  it('is no frame in an error that an author has made of it, or in its cause', () => {
    const error = sent(new Error(message, { cause: sent(new Error(message)) })) as { cause: object }
    withoutFalseFrames([error])
    for (const one of [error, error.cause]) expect(parse(one)[0]).toMatchObject({ file: own })
    const bare = { message, stack: message }
    withoutFalseFrames([bare])
    expect(parse(bare)).toEqual([])
  })
})

it('an error that is its own cause, or cannot be changed, stays as it is', () => {
  const round: { stack: string; cause?: unknown } = { stack: 'at x:1' }
  round.cause = round
  const frozen = Object.freeze({ message: 'x', stack: 'at x:1:2' })
  expect(() => withoutFalseFrames([round, frozen, null, 'text', undefined])).not.toThrow()
})
