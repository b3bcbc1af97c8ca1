import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { EngineLogReader, readLogText } from './engine-log-reader.ts'
import type { LogLoad } from './types.ts'

interface Excerpt {
  what: string
  source: string
  log: string
  loads: string[]
}

const MIB = 1024 ** 2
const excerpts = ['llamacpp', 'ollama', 'vllm'].flatMap(
  (engine) =>
    parse(readFileSync(join(import.meta.dirname, `fixtures/${engine}.yaml`), 'utf8')) as Excerpt[],
)

/** What may become of a line on its way into a file. */
const ODDITIES: ((line: string, other: string, at: number) => string)[] = [
  (line) => line,
  (line, _, at) => line.slice(0, at),
  (line, other, at) => line.slice(0, at) + other.slice(at / 2),
  (line, _, at) => `${line.slice(0, at)}\0\u{fffd}\u{1b}[31m\u{202e}${line.slice(at)}`,
  (line) => line.replaceAll(/\d+(?:\.\d+)?/g, '9'.repeat(40)),
  (line) => line.replaceAll(/\d+(?:\.\d+)?/g, '-1'),
  (line) => line.replaceAll(/\d+(?:\.\d+)?/g, ''),
]

test.each(excerpts)('$what ($source)', ({ log, loads }) => {
  expect(readLogText(log).map(inWords)).toEqual(loads)
})

test('there are many excerpts, of all three engines', () => {
  expect(excerpts.length).toBeGreaterThanOrEqual(50)
})

test('what comes before and after a line makes no difference to what it says', () => {
  for (const { log } of excerpts.filter(({ what }) => !what.startsWith('a router'))) {
    const plain = readLogText(log)
    const docker = log.replaceAll(/^(?=.)/gm, '2026-11-29T20:20:02.424Z ')
    expect(readLogText(docker)).toEqual(plain)
    expect(readLogText(log.replaceAll('\n', '\r\n'))).toEqual(plain)
  }
})

test('the children of a router are told apart, also where their lines mix', () => {
  const line = (port: number, text: string): string => `[${port}] 0.00.100.000 I ${text}`
  const loads = readLogText(
    [
      line(53871, "srv    load_model: loading model 'a.gguf'"),
      line(53872, "srv    load_model: loading model 'b.gguf'"),
      line(53871, 'load_tensors:        CUDA0 model buffer size =   100.00 MiB'),
      line(53872, 'load_tensors:        CUDA0 model buffer size =   200.00 MiB'),
      line(53872, 'llama_kv_cache:      CUDA0 KV buffer size =    20.00 MiB'),
      line(53871, 'llama_kv_cache:      CUDA0 KV buffer size =    10.00 MiB'),
    ].join('\n'),
  )
  expect(loads.map(inWords)).toEqual([
    'llamacpp · a.gguf · weights CUDA0 100 · kv_cache CUDA0 10',
    'llamacpp · b.gguf · weights CUDA0 200 · kv_cache CUDA0 20',
  ])
})

test('a log that says nothing of memory has no loads', () => {
  expect(readLogText('')).toEqual([])
  expect(readLogText('INFO: Uvicorn running on http://0.0.0.0:8000\n')).toEqual([])
  expect(readLogText('rs buffer size = 12, headers buffer size = 100\n')).toEqual([])
})

test('nothing in a log breaks the reader: lines cut, repeated, mixed and of any characters', () => {
  const lines = excerpts.flatMap(({ log }) => log.split('\n'))
  const index = fc.nat(lines.length - 1)
  const change = fc.record({
    kind: fc.nat(ODDITIES.length - 1),
    one: index,
    other: index,
    at: fc.nat(300),
  })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const reader = new EngineLogReader()
      for (const { kind, one, other, at } of changes) {
        reader.line(ODDITIES[kind]!(lines[one]!, lines[other]!, at))
      }
      for (const { parts, context, told } of reader.loads()) {
        const sizes = parts.map(({ bytes }) => bytes)
        expect(sizes.every((bytes) => Number.isSafeInteger(bytes) && bytes >= 0)).toBe(true)
        expect(context === null || Number.isSafeInteger(context)).toBe(true)
        expect(told.length).toBeLessThanOrEqual(20)
      }
    }),
  )
})

test('a log of many starts and cards is read in bounded memory, and the newest load is kept', () => {
  const reader = new EngineLogReader()
  for (let start = 0; start < 400; start += 1) {
    reader.line(`srv    load_model: loading model '${start}.gguf'`)
    for (let card = 0; card < 20; card += 1) {
      reader.line(`load_tensors:        CUDA${card} model buffer size =   100.00 MiB`)
    }
  }
  for (let card = 0; card < 2_000; card += 1) {
    reader.line(`load_tensors:        CUDA${card} model buffer size =   100.00 MiB`)
  }
  const loads = reader.loads()
  expect(loads.length).toBeLessThanOrEqual(201)
  expect(loads.at(-1)?.model).toBe('399.gguf')
  expect(loads.at(-1)?.parts.length).toBeLessThanOrEqual(512)
})

/** A load on one line, sizes in MiB as they were printed. */
function inWords(load: LogLoad): string {
  const mib = (bytes: number): string => String(Number((bytes / MIB).toFixed(2)))
  const known = (prefix: string, value: string | number | null): string[] =>
    value === null ? [] : [`${prefix}${value}`]
  const { kvTypes, layers, parts, fit, concurrency } = load
  const names = [...new Set(parts.map(({ part }) => part))]
  const sized = names.map((name) => {
    const where = parts
      .filter(({ part }) => part === name)
      .map(({ device, of, bytes }) => `${of ? `${of}:` : ''}${device ?? '?'} ${mib(bytes)}`)
    return `${name} ${where.join(', ')}`
  })
  const changes = [
    ...(fit?.projected == null ? [] : [`projected ${mib(fit.projected)}`]),
    ...(fit?.free == null ? [] : [`free ${mib(fit.free)}`]),
    ...(fit?.contextTo == null ? [] : [`context ${fit.contextFrom} → ${fit.contextTo}`]),
    ...known('kept ', fit?.contextKept ?? null),
    ...(fit?.failed == null ? [] : [`failed "${fit.failed}"`]),
  ]
  return [
    [load.engine, ...known('', load.version)].join(' '),
    ...known('', load.model),
    ...(load.engine === 'ollama' ? known('', load.architecture) : []),
    ...known('', load.quantisation),
    ...known('ctx ', load.context),
    ...known('slots ', load.slots),
    ...(load.unified === null ? [] : [load.unified ? 'unified' : 'streams']),
    ...known('ubatch ', load.ubatch),
    ...(load.flash === null ? [] : [`flash ${load.flash ? 'on' : 'off'}`]),
    ...(kvTypes === null ? [] : [`K ${kvTypes.k} V ${kvTypes.v}`]),
    ...(layers === null ? [] : [`layers ${layers.offloaded}/${layers.total}`]),
    ...sized,
    ...(load.total === null ? [] : [`total ${mib(load.total)}`]),
    ...known('holds ', load.kvTokens),
    ...(load.kvRest === null ? [] : [`left ${mib(load.kvRest)}`]),
    ...(concurrency === null ? [] : [`${concurrency.tokens} × ${concurrency.times}`]),
    ...known('share ', load.utilization),
    ...(load.graphsGuess === null ? [] : [`graphs guessed ${mib(load.graphsGuess)}`]),
    ...load.told.map((line) => `"${line}"`),
    ...(changes.length === 0 ? [] : [`fit ${changes.join(', ')}`]),
  ].join(' · ')
}
