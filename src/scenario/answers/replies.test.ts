import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type StandIn, standIn, streamOf } from '../../../test/support/service-stand-in.ts'
import { createLlm } from '../llm.ts'
import { BadReply } from './bad-reply.ts'
import { type ChatReply, toReply } from './chat-reply.ts'
import { type ScriptedReply, scriptedReplies } from './fixtures/replies.ts'
import { ReplyReader } from './reply-reader.ts'

const never = new AbortController().signal
const PATHS = { openai: '/v1/chat/completions', ollama: '/api/chat' }
/** How much of what a server said a message quotes. */
const QUOTE_LENGTH = 200

const replies = scriptedReplies()
const each = replies.map((reply) => [reply.title, reply] as const)

/** What a reply or a failure says. */
type Outcome = Pick<ScriptedReply, 'text' | 'reasoning' | 'tools' | 'tokens'> | string

it('there are many, each of another name', () => {
  expect(replies.length).toBeGreaterThanOrEqual(150)
  expect(new Set(replies.map(({ title }) => title)).size).toBe(replies.length)
})

describe('a reply is read the same wherever it is cut', () => {
  it.each(each)('%s', (_, reply) => {
    const bytes = Buffer.from(reply.parts.join(''))
    const expected = expectedOf(reply)
    expect(read([bytes], true)).toEqual(expected)
    expect(
      read(
        reply.parts.map((part) => Buffer.from(part)),
        true,
      ),
    ).toEqual(expected)
    expect(
      read(
        Array.from(bytes, (byte) => Buffer.from([byte])),
        true,
      ),
    ).toEqual(expected)
    const cuts = Array.from(bytes.keys(), (at) => [bytes.subarray(0, at), bytes.subarray(at)])
    const outcomes = new Set(cuts.map((parts) => JSON.stringify(read(parts, true))))
    expect([...outcomes].map((one) => JSON.parse(one) as Outcome)).toEqual(
      bytes.length > 0 ? [expected] : [],
    )
  })
})

describe('a reply is read the same where no stream was asked for', () => {
  it.each(each.filter(([, { isStreamOnly }]) => !isStreamOnly))('%s', (_, reply) => {
    const bytes = Buffer.from(reply.parts.join(''))
    const expected = expectedOf(reply)
    expect(read([bytes], false)).toEqual(expected)
    expect(
      read(
        Array.from(bytes, (byte) => Buffer.from([byte])),
        false,
      ),
    ).toEqual(expected)
  })
})

describe('over HTTP, from a scripted server', () => {
  let service: StandIn

  beforeAll(async () => {
    service = await standIn()
  })

  afterAll(() => service.stop())

  it.each(each)('%s', async (_, reply) => {
    const { api, parts, error, isStreamOnly } = reply
    service.handlers[PATHS[api]] = streamOf(...parts)
    service.lease({ apis: [api] })
    const ask = async (stream: boolean): Promise<Outcome> => {
      const asked = service.within(() => createLlm(never).chat('Hello', { stream }))
      return asked.then(saidBy, (failure: Error) => failure.message)
    }
    const sentence = `sim://echo at ${service.url}${PATHS[api]} (status 200) ${quoted(error)}`
    const expected = error === null ? expectedOf(reply) : sentence
    const outcomes = [await ask(true), ...(isStreamOnly ? [] : [await ask(false)])]
    expect(outcomes).toEqual(outcomes.map(() => expected))
  })
})

/** Reads a reply that came in these parts, a millisecond each. */
function read(parts: readonly Uint8Array[], stream: boolean): Outcome {
  const reader = new ReplyReader(stream, [])
  try {
    for (const [at, part] of parts.entries()) reader.take(part, at / 1_000)
    return saidBy(toReply(reader.end()))
  } catch (error) {
    if (!(error instanceof BadReply)) throw error
    return error.quote === '' ? error.message : `${error.message}: ${error.quote}`
  }
}

function saidBy({ text, reasoning, toolCalls, metrics }: ChatReply): Outcome {
  const { prompt_tokens, output_tokens, tokens_source } = metrics
  const tokens = { prompt: prompt_tokens, output: output_tokens, source: tokens_source }
  return { text, reasoning, tools: toolCalls, tokens }
}

function expectedOf({ text, reasoning, tools, tokens, error }: ScriptedReply): Outcome {
  return error ?? { text, reasoning, tools, tokens }
}

function quoted(error: string | null): string {
  const [, what = '', quote = ''] = /^(.*?)(: .*)?$/su.exec(error ?? '') ?? []
  return what + quote.slice(0, QUOTE_LENGTH + 2)
}
