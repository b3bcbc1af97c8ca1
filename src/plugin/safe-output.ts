import { Console } from 'node:console'
import { Writable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import {
  DefaultReporter,
  JsonReporter,
  JUnitReporter,
  type Reporter,
  TapReporter,
  type Vitest,
} from 'vitest/node'
import { colouredText } from '../host/plain-text.ts'
import { withoutSecrets } from '../host/secrets.ts'

type Stream = NodeJS.WriteStream | Writable
type Logger = Vitest['logger']

/** What Vitest gives a terminal back with. */
const SHOW_CURSOR = '\u{1b}[?25h'
/** The beginning of a sequence, a line that may be written over, or half of a character. */
const UNFINISHED =
  // oxlint-disable-next-line no-control-regex -- it is what is looked for
  /(?:\u{1b}(?:\[[0-?]*[ -/]*|[ -/]*|[\]PX^_][^\u{7}\u{1b}\n]{0,2000}\u{1b}?)|\r|[\u{d800}-\u{dbff}])$/u
/** Reporters whose text is for other programs. */
const DATA_REPORTERS = [JsonReporter, JUnitReporter, TapReporter]

/** What the others of Vitest are made of: they write for people. */
const TEXT_REPORTERS = [Object.getPrototypeOf(DefaultReporter) as typeof DefaultReporter]

const safe = new WeakSet<Logger>()

/**
 * What Vitest prints from here on – names, errors, differences, what scenarios print – is text without secret values: of
 * what a model has said a terminal obeys nothing but colours. Only what Vitest does to its own screen passes, and data: what JSON,
 * JUnit and TAP reporters write to what is no terminal.
 */
export function printSafely(vitest: Vitest): void {
  const { logger } = vitest
  if (safe.has(logger)) return
  safe.add(logger)
  const { outputStream: stdout, errorStream: stderr, console: own } = logger
  const safeStdout = writesData(vitest, stdout) ? stdout : textOnly(stdout)
  const safeStderr = textOnly(stderr)
  const console = new Console({ stdout: safeStdout, stderr: safeStderr })
  Object.assign(logger, { outputStream: safeStdout, errorStream: safeStderr, console })
  // Both clear the screen, which is Vitest's right; neither prints what others have said.
  for (const name of ['clearFullScreen', '_clearScreen']) {
    const method: unknown = Reflect.get(logger, name)
    if (typeof method !== 'function') continue
    const clear = (...parameters: unknown[]): void => {
      Object.assign(logger, { outputStream: stdout, console: own })
      try {
        Reflect.apply(method, logger, parameters)
      } finally {
        Object.assign(logger, { outputStream: safeStdout, console })
      }
    }
    Object.assign(logger, { [name]: clear })
  }
}

/** What a worker writes itself, past Vitest: as text, into a stream of Vitest's. */
export function textInto(target: NodeJS.WritableStream): Writable {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  return new Writable({
    decodeStrings: true,
    write(chunk: Buffer, _encoding, done) {
      const text = rest + decoder.write(chunk)
      rest = UNFINISHED.exec(text)?.[0] ?? ''
      const whole = text.slice(0, text.length - rest.length)
      if (whole === '' || target.write(colouredText(withoutSecrets(whole)))) done()
      else whenWritable(target, done)
    },
  })
}

/** A stream that fails has no drain, and a worker is not to wait for it. */
function whenWritable(target: NodeJS.WritableStream, done: () => void): void {
  const names = ['drain', 'error', 'close']
  const go = (): void => {
    for (const name of names) target.off(name, go)
    done()
  }
  for (const name of names) target.on(name, go)
}

/** The stream itself in all but what is written: who has replaced its `write` meanwhile is heard. */
function textOnly<S extends Stream>(stream: S): S {
  const decoder = new StringDecoder('utf8')
  const write = (chunk: unknown, ...rest: unknown[]): boolean => {
    const text = typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk as Uint8Array))
    const shown = text === SHOW_CURSOR ? text : colouredText(withoutSecrets(text))
    const parameters = rest.filter((each) => typeof each === 'function')
    return Reflect.apply(stream.write, stream, [shown, ...parameters]) as boolean
  }
  return new Proxy(stream, {
    get: (target, key) => (key === 'write' ? write : Reflect.get(target, key, target)),
    set: (target, key, value) => Reflect.set(target, key, value, target),
  })
}

function writesData(vitest: Vitest, stream: Stream): boolean {
  const { reporters = [] } = vitest as unknown as { reporters?: Reporter[] }
  const isOf = (
    reporter: Reporter,
    classes: readonly (new (...parameters: never[]) => object)[],
  ): boolean => classes.some((one) => reporter instanceof one)
  const isTerminal = 'isTTY' in stream && stream.isTTY
  const hasData = reporters.some((reporter) => isOf(reporter, DATA_REPORTERS))
  return !isTerminal && hasData && !reporters.some((reporter) => isOf(reporter, TEXT_REPORTERS))
}
