import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type StandIn, standIn, streamOf } from '../../../test/support/service-stand-in.ts'
import { createLlm } from '../llm.ts'
import { arrivals } from './arrivals.ts'
import { type ChatMetrics, toReply } from './chat-reply.ts'
import { ReplyReader } from './reply-reader.ts'

const say = (content: string): string => event({ delta: { content } })
const think = (reasoning: string): string => event({ delta: { reasoning } })
const STOP = event({ delta: {}, finish_reason: 'stop' })
const DONE = 'data: [DONE]\n\n'
const usage = (tokens: number): string =>
  `data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":${tokens}}}\n\n`

function event(choice: unknown): string {
  return `data: ${JSON.stringify({ choices: [choice] })}\n\n`
}

/** Reads a reply that came in these reads, each at its time in seconds. */
function read(reads: readonly [at: number, text: string][], stream = true): ChatMetrics {
  const reader = new ReplyReader(stream, [])
  for (const [at, text] of reads) reader.take(Buffer.from(text), at)
  return toReply(reader.end()).metrics
}

describe('the times of a reply', () => {
  it('are those of its chunks', () => {
    const reads: [number, string][] = [
      [0.5, say('a')],
      [0.75, say('b')],
      [1.25, say('c')],
      [1.5, STOP],
      [1.5, usage(5) + DONE],
    ]
    expect(read(reads)).toMatchObject({
      ttft: 0.5,
      ttfo: 0.5,
      e2el: 1.5,
      tpot: 0.25,
      itl: [0.25, 0.5],
      tps: 5 / 1.5,
    })
  })

  it('leave out a DONE and a usage that come late', () => {
    const reads: [number, string][] = [
      [0.5, say('a')],
      [1, say('b') + STOP],
      [1.9, usage(3)],
      [2.5, DONE],
    ]
    expect(read(reads)).toMatchObject({ e2el: 1, tpot: 0.25, tps: 3, output_tokens: 3 })
  })

  it('leave out a usage that comes late beside an empty choice', () => {
    const late = `data: ${JSON.stringify({
      choices: [{ delta: { role: 'assistant', content: '' }, finish_reason: null }],
      usage: { prompt_tokens: 7, completion_tokens: 3 },
    })}\n\n`
    expect(
      read([
        [0.5, say('a')],
        [1, say('b') + STOP],
        [2.5, late + DONE],
      ]),
    ).toMatchObject({
      e2el: 1,
      tpot: 0.25,
    })
  })

  it('do not tell how long a token took where all came in one read', () => {
    const burst = ['a', 'b', 'c', 'd'].map(say).join('') + STOP + usage(4) + DONE
    const none = { tpot: null, itl: null, itl_mean: null, itl_p50: null, itl_p99: null }
    expect(read([[0.5, burst]])).toMatchObject({ ttft: 0.5, e2el: 0.5, tps: 8, ...none })
  })

  it('do not tell how long a token took where one read was handed over in parts', () => {
    const metrics = read([
      [0.5, say('a')],
      [0.500_005, say('b')],
      [0.500_4, say('c')],
      [0.500_8, STOP + usage(4) + DONE],
    ])
    expect(metrics).toMatchObject({ ttft: 0.5, tpot: null, itl: null, itl_mean: null })
  })

  it('do not tell how long a token took where one chunk was all', () => {
    const metrics = read([
      [0.5, say('The quick brown fox')],
      [0.9, STOP + usage(5)],
      [2, DONE],
    ])
    expect(metrics).toMatchObject({ ttft: 0.5, e2el: 0.9, tpot: null, itl: null })
  })

  it('are two where several chunks came in two reads', () => {
    const metrics = read([
      [0.5, say('a') + say('b')],
      [1.5, say('c') + say('d') + STOP + usage(5) + DONE],
    ])
    expect(metrics).toMatchObject({ ttft: 0.5, e2el: 1.5, tpot: 0.25, itl: [1] })
  })

  it('are those of the whole body where a server answers as a whole, asked or not', () => {
    const body = '{"choices":[{"message":{"content":"Hello"}}],"usage":{"completion_tokens":4}}'
    for (const stream of [true, false]) {
      const metrics = read(
        [
          [0.5, body.slice(0, 20)],
          [1, body.slice(20)],
          [1.5, '\n'],
        ],
        stream,
      )
      expect(metrics).toMatchObject({
        ttft: null,
        ttfo: null,
        e2el: 1,
        tpot: null,
        itl: null,
        tps: 4,
      })
    }
  })

  it('are not those of pieces that nobody asked for', () => {
    const metrics = read(
      [
        [0.5, say('a')],
        [1, say('b') + STOP + DONE],
      ],
      false,
    )
    expect(metrics).toMatchObject({ ttft: null, ttfo: null, e2el: 1, itl: null, output_tokens: 2 })
  })

  it('are those of the event, though its blank line comes with the next one', () => {
    const late = (text: string): string => text.trimEnd()
    const metrics = read([
      [0.5, `${late(say('a'))}\n`],
      [1, `\n${late(say('b'))}\n`],
      [1.5, `\n${late(STOP)}\n`],
      [2, `\n${DONE}`],
    ])
    expect(metrics).toMatchObject({ ttft: 0.5, e2el: 1.5, itl: [0.5] })
  })

  it('are those of the event, though it ends in a lone CR', () => {
    const cr = (text: string): string => text.replaceAll('\n', '\r')
    expect(
      read([
        [0.5, cr(say('a'))],
        [1, cr(say('b'))],
        [1.5, cr(STOP)],
      ]),
    ).toMatchObject({
      ttft: 0.5,
      e2el: 1.5,
      itl: [0.5],
    })
  })

  it('do not tell how long a token took where several choices were made at once', () => {
    const choice = (index: number): string => event({ index, delta: { content: 'a' } })
    const stop = (index: number): string => event({ index, delta: {}, finish_reason: 'stop' })
    const metrics = read([
      [0.5, choice(0) + choice(1)],
      [1, choice(0) + choice(1)],
      [1.5, stop(0)],
      [2, stop(1) + usage(4) + DONE],
    ])
    expect(metrics).toMatchObject({ ttft: 0.5, e2el: 2, tpot: null, itl: [0.5], tps: 2 })
  })

  it('have no speeds where nothing came', () => {
    expect(read([[0.5, STOP + usage(0) + DONE]])).toMatchObject({
      ttft: null,
      output_tokens: 0,
      tps: null,
      wps: null,
      cps: null,
    })
  })
})

describe('the first output', () => {
  it.each<[string, number | null, ...string[]]>([
    ['comes behind the field of reasoning', 2, think('a'), say('b')],
    ['comes behind a block', 4, say('<think>'), say('a'), say('</think>'), say('b')],
    ['comes behind the blank that ends a block', 3, say('<think>a'), say('</think>\n'), say('b')],
    ['comes behind an end without a beginning', 3, say('a'), say('</think>'), say('b')],
    ['comes behind a tag that is cut', 2, say('a</th'), say('ink>b')],
    ['is the first word where blocks come later', 1, say('a'), say('<think>b</think>'), say('c')],
    [
      'comes behind the last end of what was opened in the prompt',
      3,
      say('a</think>b'),
      say('c'),
      say('</think>d'),
    ],
    ['is null while a block is open', null, say('<think>a'), say('b')],
    ['is null where all was thought', null, think('a'), think('b')],
    ['is a refusal', 2, think('a'), event({ delta: { refusal: 'no' } })],
    ['is a tool', 2, think('a'), event({ delta: { tool_calls: [{ function: { name: 'f' } }] } })],
    [
      'is a part of a list',
      2,
      event({ delta: { content: [{ type: 'thinking', thinking: 'a' }] } }),
      event({ delta: { content: [{ type: 'text', text: 'b' }] } }),
    ],
  ])('%s', (_, expected, ...chunks) => {
    const reads = chunks.map((chunk, index): [number, string] => [index + 1, chunk])
    const { ttft, ttfo } = read([...reads, [9, STOP + DONE]])
    expect({ ttft, ttfo }).toEqual({ ttft: 1, ttfo: expected })
  })
})

describe('what follows the end of a reply', () => {
  const deadlineAfter = (...reads: [number, string][]): number | null => {
    const reader = new ReplyReader(true, [])
    for (const [at, text] of reads) reader.take(Buffer.from(text), at)
    return reader.deadline
  }

  it('is waited for shortly, and not at all behind DONE', () => {
    expect(deadlineAfter([1, say('a')])).toBeNull()
    expect(deadlineAfter([1, say('a')], [2, STOP])).toBe(5)
    expect(deadlineAfter([1, say('a')], [2, STOP], [3, ': ping\n\n'])).toBe(5)
    expect(deadlineAfter([1, say('a')], [2, STOP], [3, usage(1)])).toBe(2.5)
    expect(deadlineAfter([1, say('a')], [2, DONE])).toBe(0)
  })

  it('is waited for as ever where the first reason was not the last', () => {
    const stopping = (content: string): string =>
      event({ delta: { content }, finish_reason: 'stop' })
    expect(deadlineAfter([1, stopping('a')], [2, stopping('b')])).toBeNull()
  })

  it('is waited for until the last choice has ended', () => {
    const choice = (index: number, reason: string | null): string =>
      event({ index, delta: { content: 'a' }, finish_reason: reason })
    expect(deadlineAfter([1, choice(0, null) + choice(1, null)], [2, choice(1, 'stop')])).toBeNull()
  })
})

describe('a connection', () => {
  let service: StandIn

  beforeEach(async () => {
    service = await standIn()
    service.lease({})
  })

  afterEach(() => service.stop())

  const ask = (end: AbortSignal = new AbortController().signal) =>
    service.within(() => createLlm(end).chat('Hello', { stream: true }))

  it('that stays open behind the end of a reply does not keep it', async () => {
    service.handlers['/v1/chat/completions'] = (_, response) =>
      response.write(say('Hello') + STOP + usage(1))
    await expect(ask()).resolves.toMatchObject({ text: 'Hello', usage: { output_tokens: 1 } })
  })

  it('that breaks behind the end of a reply takes nothing from it', async () => {
    service.handlers['/v1/chat/completions'] = (_, response) =>
      response.write(say('Hello') + STOP, () => response.destroy())
    await expect(ask()).resolves.toMatchObject({ text: 'Hello' })
  })

  it('that is given up behind the end of a reply takes nothing from it', async () => {
    const end = new AbortController()
    service.handlers['/v1/chat/completions'] = (_, response) => {
      response.write(say('Hello') + STOP)
      setTimeout(() => end.abort(), 100)
    }
    await expect(ask(end.signal)).resolves.toMatchObject({ text: 'Hello' })
  })

  it('that brings all at once has no times between its chunks', async () => {
    const chunks = Array.from({ length: 40 }, (_, index) => say(`${index} `))
    service.handlers['/v1/chat/completions'] = streamOf(
      `${chunks.join('')}${STOP}${usage(40)}${DONE}`,
    )
    const { metrics } = await ask()
    expect(metrics).toMatchObject({ output_tokens: 40, tpot: null, itl: null, itl_p50: null })
    expect(metrics.ttft).toBeGreaterThan(0)
  })

  it('gives what lies in the socket together one time', async () => {
    let clock = 0
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(
      undefined,
      undefined,
      {
        highWaterMark: 9,
      },
    )
    const writer = writable.getWriter()
    const times: number[] = []
    const reading = (async () => {
      for await (const { at } of arrivals({ body: readable, clock: () => (clock += 1) })) {
        times.push(at)
        if (times.length === 3) await writer.write(Buffer.from('later'))
        if (times.length === 4) await writer.close()
      }
    })()
    for (const word of ['a', 'b', 'c']) void writer.write(Buffer.from(word))
    await reading
    expect(times.slice(0, 3)).toEqual([1, 1, 1])
  })
})
